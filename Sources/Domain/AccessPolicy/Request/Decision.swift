/// What a policy says to one request, with every rule that had a say and not only the first.
///
/// Making one allocates nothing where the request is allowed: the names of rules are looked up when they are read.
public struct Decision: Sendable {
    public enum Outcome: String, Hashable, Sendable {
        case allowed
        case denied
    }

    public let outcome: Outcome
    /// What the built-in guardrails found, in the order of ``BuiltInGuardrail``.
    public let refusals: [Refusal]
    private let matches: RuleMatches
    private let tables: PolicyTables?

    init(needsAgreement: Bool, refusals: [Refusal], matches: consuming RuleMatches, rules tables: PolicyTables) {
        let guardrails = matches.guardrailCount
        let isCovered = !needsAgreement || guardrails < matches.count
        outcome = refusals.isEmpty && guardrails == 0 && isCovered ? .allowed : .denied
        self.refusals = refusals
        self.matches = consume matches
        self.tables = tables
    }

    /// A denial of what cannot be judged.
    init(refusals: [Refusal]) {
        self.refusals = refusals
        outcome = .denied
        matches = RuleMatches()
        tables = nil
    }

    /// The file's guardrails that deny, in ascending order of name.
    public var guardrails: [RuleName] { names(0..<matches.guardrailCount) }

    /// The agreements that cover the request, in ascending order of name, even where a guardrail denies all the same.
    public var agreements: [RuleName] { names(matches.guardrailCount..<matches.count) }

    public var isAllowed: Bool { outcome == .allowed }

    /// Whether an agreement covers the request, allowed or not.
    var isCovered: Bool { matches.guardrailCount < matches.count }

    private func names(_ places: Range<Int>) -> [RuleName] {
        guard let tables else { return [] }
        return places.map { tables.rules.names[matches[$0]] }
    }

    /// The names of the rules that the outcome rests on, each once.
    ///
    /// When allowed: the agreements that cover it (none for actions that need none). When denied: the built-in guardrails
    /// and the file's guardrails that deny, or `no-agreement` alone when there is none of them.
    public var reasons: [RuleName] {
        guard !isAllowed else { return agreements }
        let names = denials
        return names.isEmpty ? [.noAgreement] : names
    }

    /// The guardrails that deny, built-in ones first, each once; whether an agreement covers the request is left out.
    public var denials: [RuleName] {
        var names: [RuleName] = []
        for refusal in refusals where !names.contains(refusal.guardrail.name) { names.append(refusal.guardrail.name) }
        return names + guardrails
    }
}

extension Decision: Hashable {
    public static func == (left: Decision, right: Decision) -> Bool {
        left.outcome == right.outcome && left.refusals == right.refusals && left.guardrails == right.guardrails
            && left.agreements == right.agreements
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(outcome)
        hasher.combine(refusals)
        hasher.combine(guardrails)
        hasher.combine(agreements)
    }
}
