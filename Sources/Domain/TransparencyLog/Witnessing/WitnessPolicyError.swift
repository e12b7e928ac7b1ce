/// Why the text of a policy of logs and witnesses is refused.
public struct WitnessPolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1; the line behind the last for what is missing.
    public let line: Int
    public let message: String

    init(line: Int, _ message: String) {
        self.line = line
        self.message = message
    }

    public var description: String { "witness policy, line \(line): \(message)" }
}
