public import CanonicalEncoding

/// What is different between two policies, short enough for a log entry: the rules by name, and how many flows open and
/// close.
public struct PolicyChangeSummary: Hashable, Sendable, CustomStringConvertible {
    public let added: [RuleName]
    public let removed: [RuleName]
    public let changed: [RuleName]
    /// How many flows, each from one partner to another of one owner's information, are allowed in circumstances in
    /// which they were not.
    public let opening: Int
    /// How many are denied in circumstances in which they were allowed.
    public let closing: Int

    public init(from old: Policy, to new: Policy) {
        let before = Self.rules(of: old)
        let after = Self.rules(of: new)
        added = after.keys.filter { before[$0] == nil }.sorted()
        removed = before.keys.filter { after[$0] == nil }.sorted()
        changed = after.filter { before[$0.key] != nil && before[$0.key] != $0.value }.keys.sorted()
        let groups = PolicyDifference(from: old, to: new).groups
        opening = groups.reduce(0) { $0 + ($1.opens.isEmpty ? 0 : $1.ends.count) }
        closing = groups.reduce(0) { $0 + ($1.closes.isEmpty ? 0 : $1.ends.count) }
    }

    private enum Rule: Hashable {
        case guardrail(Policy.Guardrail)
        case agreement(Policy.Agreement)
        case invariant(Policy.Invariant)
    }

    private static func rules(of policy: Policy) -> [RuleName: Rule] {
        var rules: [RuleName: Rule] = [:]
        for rule in policy.guardrails { rules[rule.name] = .guardrail(rule) }
        for rule in policy.agreements { rules[rule.name] = .agreement(rule) }
        for rule in policy.invariants { rules[rule.name] = .invariant(rule) }
        return rules
    }

    public var description: String {
        let rules = [("added", added), ("removed", removed), ("changed", changed)]
            .filter { !$0.1.isEmpty }
            .map { "\($0.0) " + $0.1.map { "`\($0)`" }.joined(separator: ", ") }
        let flows = "\(opening) flows open, \(closing) close"
        return (rules + [flows]).joined(separator: "; ")
    }

    public var json: JSONValue {
        func list(_ names: [RuleName]) -> JSONValue { .array(names.map { .string($0.rawValue) }) }
        return [
            "added": list(added), "removed": list(removed), "changed": list(changed),
            "flows-opening": .integer(Int64(opening)), "flows-closing": .integer(Int64(closing)),
        ]
    }
}
