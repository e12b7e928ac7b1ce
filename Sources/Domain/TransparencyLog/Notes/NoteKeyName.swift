/// The name of a key that signs notes: not empty, without Unicode spaces, plus and control characters
/// (C2SP signed-note, "Format").
///
/// Two names are equal when their UTF-8 bytes are; canonically equivalent spellings differ.
public struct NoteKeyName: Hashable, Sendable, CustomStringConvertible {
    /// The text of the name.
    public let rawValue: String

    /// The name that `text` is.
    ///
    /// - Throws: ``NoteError/malformedKeyName(_:)``
    public init(_ text: String) throws(NoteError) {
        let isForbidden = { (scalar: Unicode.Scalar) in
            scalar.value < 0x20 || scalar == "+" || scalar.properties.isWhitespace
        }
        guard !text.isEmpty, !text.unicodeScalars.contains(where: isForbidden) else { throw .malformedKeyName(text) }
        rawValue = text
    }

    /// The name that a log's own key should bear: its origin (C2SP tlog-checkpoint, "Signatures").
    ///
    /// - Throws: ``NoteError/malformedKeyName(_:)`` for an origin that contains a space or a plus.
    public init(_ origin: LogOrigin) throws(NoteError) {
        try self.init(origin.rawValue)
    }

    public var description: String { rawValue }

    public static func == (left: Self, right: Self) -> Bool {
        left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(Array(rawValue.utf8))
    }
}
