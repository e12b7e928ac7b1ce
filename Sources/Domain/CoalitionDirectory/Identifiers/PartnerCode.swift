/// The code by which a partner is known in the coalition: `GBR`, `UN`, `ACME`.
public struct PartnerCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The code as it was read.
    public let rawValue: String

    /// Accepts 2 to 12 of `A-Z`, `0-9` and `-`, a letter first.
    public init(_ text: String) throws(IdentifierError) {
        let bytes = text.utf8
        guard (2...12).contains(bytes.count), let first = bytes.first else {
            throw IdentifierError("partner code", text, "expected 2 to 12 characters, got \(bytes.count)")
        }
        guard bytes.allSatisfy({ Self.isCapital($0) || Self.isDigit($0) || $0 == UInt8(ascii: "-") }) else {
            throw IdentifierError("partner code", text, "expected capital letters, digits and `-` only")
        }
        guard Self.isCapital(first) else {
            throw IdentifierError("partner code", text, "expected a capital letter first")
        }
        rawValue = text
    }

    public var description: String { rawValue }

    public static func < (left: PartnerCode, right: PartnerCode) -> Bool { left.rawValue < right.rawValue }

    private static func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
