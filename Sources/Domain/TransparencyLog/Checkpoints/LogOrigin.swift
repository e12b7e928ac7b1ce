/// The name of a log: the first line of its checkpoints (C2SP tlog-checkpoint, "Note text").
///
/// Entente names its logs like `gbr.example/node/gbr-1`, without spaces and pluses, so that the log's key can bear the
/// same name. Two origins are equal when their UTF-8 bytes are; canonically equivalent spellings differ.
public struct LogOrigin: Hashable, Sendable, CustomStringConvertible {
    /// The longest origin accepted, in bytes.
    public static let maximumByteCount = 255

    /// The text of the line, without its newline.
    public let rawValue: String

    /// The origin that `text` is.
    ///
    /// - Throws: ``CheckpointError/malformedOrigin(_:)`` for an empty or overlong text and for control characters.
    public init(_ text: String) throws(CheckpointError) {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= Self.maximumByteCount, bytes.allSatisfy({ $0 >= 0x20 }) else {
            throw .malformedOrigin(text)
        }
        rawValue = text
    }

    public var description: String { rawValue }

    public static func == (left: Self, right: Self) -> Bool {
        left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(Array(rawValue.utf8))
    }
}
