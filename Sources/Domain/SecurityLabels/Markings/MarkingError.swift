/// Why a marking cannot be read: what stands where, and what was expected there.
public struct MarkingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text that could not be read; empty where something is missing.
    public let token: String
    /// Where the text begins, counted in characters from 1.
    public let column: Int
    /// What would have been accepted there, in words.
    public let expected: String

    public init(token: String, column: Int, expected: String) {
        self.token = token
        self.column = column
        self.expected = expected
    }

    public var description: String {
        "marking, column \(column): expected \(expected), got \(token.isEmpty ? "nothing" : "`\(token)`")"
    }
}
