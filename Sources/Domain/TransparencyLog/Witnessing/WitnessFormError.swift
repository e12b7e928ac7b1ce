/// Why bytes are not what a witness is asked or answers.
public struct WitnessFormError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was expected and what came.
    public let reason: String

    init(_ reason: String) { self.reason = reason }

    public var description: String { "witness message malformed: \(reason)" }
}
