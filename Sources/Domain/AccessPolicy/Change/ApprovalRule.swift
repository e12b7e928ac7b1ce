import CanonicalEncoding

/// How many of which officers must have signed a policy before it takes the place of the one that says so.
public struct ApprovalRule: Hashable, Sendable, CustomStringConvertible {
    /// Ascending, each once.
    public let officers: [PolicyOfficer]
    /// From 1 to the number of officers.
    public let atLeast: Int

    init(officers: [PolicyOfficer], atLeast: Int) {
        self.officers = officers
        self.atLeast = atLeast
    }

    /// The officers of the rule among `signers`, when they are enough; nil when they are not.
    public func satisfied(by signers: Set<PolicyOfficer>) -> [PolicyOfficer]? {
        let counting = officers.filter(signers.contains)
        return counting.count >= atLeast ? counting : nil
    }

    /// The same rule with another number; nil where there are not so many officers.
    public func demanding(_ atLeast: Int) -> ApprovalRule? {
        (1...officers.count).contains(atLeast) ? ApprovalRule(officers: officers, atLeast: atLeast) : nil
    }

    public var description: String {
        "\(atLeast) of " + officers.map { "`\($0)`" }.joined(separator: ", ")
    }

    var json: JSONValue {
        [
            "at-least": .integer(Int64(atLeast)),
            "officers": .array(officers.map { .string($0.description) }),
        ]
    }
}
