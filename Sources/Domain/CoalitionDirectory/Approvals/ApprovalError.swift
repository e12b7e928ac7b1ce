/// Why a signature does not count as an officer's approval: what was expected and what came.
public struct ApprovalError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
