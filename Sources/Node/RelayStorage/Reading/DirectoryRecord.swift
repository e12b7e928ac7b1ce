package import CoalitionDirectory
import GRDB
import OpenSSLCrypto

/// A directory as the store keeps it: its state, and the signed sheets that the state names.
package struct DirectoryRecord: Hashable, Sendable {
    package let state: DirectoryState
    /// CMS SignedData each, in the order of the state.
    package let sheets: [[UInt8]]

    package init(state: DirectoryState, sheets: [[UInt8]]) {
        self.state = state
        self.sheets = sheets
    }

    /// The record under the hash; nil when none is kept.
    static func find(_ hash: SHA256Digest, in database: Database) throws -> DirectoryRecord? {
        guard let row = try database.first("SELECT state FROM directories WHERE hash = ?", hash.bytes.blob) else {
            return nil
        }
        let state: DirectoryState
        do {
            state = try DirectoryState(parsing: try row.bytes(0))
        } catch let error as DirectoryState.Malformed {
            throw StoreError.damaged("the directory `\(hash)`: \(error)")
        }
        return DirectoryRecord(
            state: state,
            sheets: try state.members.map { member in
                let sheet = try database.first("SELECT bytes FROM sheets WHERE digest = ?", member.sheet.bytes.blob)
                guard let sheet else { throw StoreError.damaged("the sheet `\(member.sheet)` is missing") }
                return try sheet.bytes(0)
            }
        )
    }
}
