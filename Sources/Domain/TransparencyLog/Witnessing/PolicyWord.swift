/// A word of a policy of logs and witnesses: bytes without spaces, which are compared as bytes (C2SP tlog-policy,
/// "Character set").
public struct PolicyWord: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// A word as it stands in a policy's text.
    init(checked bytes: [UInt8]) { self.bytes = bytes }

    /// The word that `text` is; nil for an empty text and for spaces and control characters.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return nil }
        bytes = Array(text.utf8)
    }

    /// The word as text; what is not UTF-8 shows as U+FFFD.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    public static func < (left: Self, right: Self) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}
