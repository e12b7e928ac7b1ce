/// Why a file is not STIX whose markings can be relied on.
public struct STIXError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where in the file, such as `objects[3]`; empty for the file as a whole.
    public let path: String
    /// What is wrong there.
    public let message: String

    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    public var description: String { path.isEmpty ? message : "`\(path)`: \(message)" }
}
