/// The SPIFFE trust domain of a partner in one realm: a fully qualified DNS name in lower case, `gbr.example`.
///
/// Fully qualified, because the name constraint of the partner's root holds it (RFC 5280 section 4.2.1.10 takes nothing
/// else for a URI).
public struct TrustDomain: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The host name as it was read.
    public let rawValue: String

    /// Accepts two or more dot-separated DNS labels in lower case, 253 characters at most, the last one not a number.
    public init(_ text: String) throws(IdentifierError) {
        guard text.utf8.count <= 253 else {
            throw IdentifierError("trust domain", text, "expected at most 253 characters, got \(text.utf8.count)")
        }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, let last = labels.last else {
            throw IdentifierError("trust domain", text, "expected a fully qualified name such as `gbr.example`")
        }
        for label in labels {
            do {
                _ = try NameSyntax.checked(String(label), subject: "trust domain")
            } catch {
                let shown = IdentifierError.printable(String(label))
                throw IdentifierError("trust domain", text, "label `\(shown)`: \(error.reason)")
            }
        }
        guard !last.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw IdentifierError("trust domain", text, "expected a name, got what reads as an address")
        }
        rawValue = text
    }

    public var description: String { rawValue }

    public static func < (left: TrustDomain, right: TrustDomain) -> Bool { left.rawValue < right.rawValue }
}
