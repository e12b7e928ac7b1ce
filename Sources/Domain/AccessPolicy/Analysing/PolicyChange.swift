public import CanonicalEncoding

/// One named part that differs between two policies.
public struct PolicyChange: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable {
        case added
        case removed
        case changed
    }

    /// One thing that the part says otherwise.
    public struct Detail: Hashable, Sendable, CustomStringConvertible {
        public let key: String
        /// What it said and says, as in the policy's canonical form; nil where it says nothing.
        public let old: JSONValue?
        public let new: JSONValue?

        public var description: String {
            "\(key) was \(old.map(PolicyChange.text) ?? "not stated"), is \(new.map(PolicyChange.text) ?? "not stated")"
        }
    }

    /// What the part is, such as `agreement`.
    public let part: String
    /// nil where a policy has one such part alone.
    public let name: String?
    public let kind: Kind
    /// In ascending order of key; nothing for a part that is new or gone.
    public let details: [Detail]

    public var description: String {
        let subject = name.map { "\(part) \($0)" } ?? part
        return details.isEmpty
            ? "\(subject) \(kind.rawValue)" : "\(subject): \(details.map(\.description).joined(separator: "; "))"
    }

    /// Everything in which two policies differ, rules first.
    static func changes(from old: Policy, to new: Policy) -> [PolicyChange] {
        let old = old.canonicalValue
        let new = new.canonicalValue
        return parts.flatMap { key, part in
            guard part.isNamed else {
                return old[key] == new[key]
                    ? []
                    : [
                        PolicyChange(
                            part: part.name,
                            name: nil,
                            kind: .changed,
                            details: [
                                Detail(key: key, old: old[key], new: new[key])
                            ]
                        )
                    ]
            }
            let before = old[key]?.objectValue ?? [:]
            let after = new[key]?.objectValue ?? [:]
            return Set(before.keys).union(after.keys).sorted().compactMap { name in
                change(part.name, name, before[name], after[name])
            }
        }
    }

    /// The members of a policy's canonical form in the order of a report.
    private static let parts: [(String, (name: String, isNamed: Bool))] = [
        ("agreements", ("agreement", true)), ("guardrails", ("guardrail", true)), ("invariants", ("invariant", true)),
        ("partners", ("partner", true)), ("nodes", ("node", true)), ("groups", ("group", true)),
        ("communities", ("community", true)), ("equivalents", ("words of", true)), ("levels", ("ladder", false)),
        ("compartments", ("vocabulary", false)), ("caveats", ("vocabulary", false)), ("types", ("vocabulary", false)),
        ("label-policies", ("vocabulary", false)), ("name", ("policy", false)),
        ("approval", ("approval", false)),
    ]

    private static func change(
        _ part: String,
        _ name: String,
        _ old: JSONValue?,
        _ new: JSONValue?
    ) -> PolicyChange? {
        guard old != new else { return nil }
        guard let old else { return PolicyChange(part: part, name: name, kind: .added, details: []) }
        guard let new else { return PolicyChange(part: part, name: name, kind: .removed, details: []) }
        return PolicyChange(part: part, name: name, kind: .changed, details: details(part, old, new))
    }

    private static func details(_ part: String, _ old: JSONValue, _ new: JSONValue) -> [Detail] {
        guard let old = old.objectValue, let new = new.objectValue else {
            return [Detail(key: part == "group" || part == "community" ? "members" : "equivalents", old: old, new: new)]
        }
        let before = stated(old)
        let after = stated(new)
        return Set(before.keys).union(after.keys).sorted().filter { before[$0] != after[$0] }
            .map { Detail(key: $0, old: before[$0], new: after[$0]) }
    }

    /// The members with the conditions of a rule among them.
    private static func stated(_ members: [String: JSONValue]) -> [String: JSONValue] {
        var stated = members
        for key in ["permit", "deny", "never"] {
            guard let conditions = stated.removeValue(forKey: key)?.objectValue else { continue }
            stated.merge(conditions) { first, _ in first }
        }
        return stated
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "nothing"
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): "\(number)"
        case .string(let text): text
        case .array(let elements): elements.isEmpty ? "none" : elements.map(text).joined(separator: ", ")
        case .object(let members):
            "(\(members.sorted { $0.key < $1.key }.map { "\($0.key) \(text($0.value))" }.joined(separator: ", ")))"
        }
    }
}
