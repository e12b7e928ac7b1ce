package import CoalitionDirectory
package import OpenSSLCrypto

/// The sheet that a partner's file holds and that is not put in force, and why.
package struct RefusedSheet: Hashable, Sendable, CustomStringConvertible {
    /// The reason code of a file that cannot be read.
    static let unreadable = "sheet-unreadable"

    package let partner: PartnerCode
    package let file: String
    /// The stable reason code: that of `SheetError` or `DirectoryError`.
    package let code: String
    /// Expected and got.
    package let detail: String
    /// The digest of what was refused; nil when it could not be read.
    package let digest: SHA256Digest?
    /// The version accepted before, which stays in force; nil when there is none.
    package let inForce: UInt64?
    /// The two sheets that contradict each other, when it is a fork.
    let fork: Fork?

    /// Evidence against a partner: signed sheets of two histories.
    struct Fork: Hashable, Sendable {
        let accepted: [UInt8]
        let refused: [UInt8]
    }

    package var description: String { "\(file): the sheet of `\(partner)` is refused: \(code): \(detail)" }
}

/// Why a node does not start: there are partners of whom no sheet is accepted, now or before.
package struct RefusedSheets: Error, CustomStringConvertible {
    /// All that were refused, those with an accepted one before among them.
    package let sheets: [RefusedSheet]

    package var description: String { sheets.map(\.description).joined(separator: "\n") }
}
