/// One input for a reader.
public struct Vector: Sendable {
    /// The file's name, as errors are to show it.
    public let name: String
    public let bytes: [UInt8]

    /// The bytes as text; what is not UTF-8 shows as U+FFFD.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
