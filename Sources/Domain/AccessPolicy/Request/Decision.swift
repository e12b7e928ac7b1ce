/// What a policy says to one request, with every rule that had a say and not only the first.
public struct Decision: Hashable, Sendable {
    public enum Outcome: String, Hashable, Sendable {
        case allowed
        case denied
    }

    public let outcome: Outcome
    /// What the built-in guardrails found, in the order of ``BuiltInGuardrail``.
    public let refusals: [Refusal]
    /// The file's guardrails that deny, in ascending order of name.
    public let guardrails: [RuleName]
    /// The agreements that cover the request, in ascending order of name, even where a guardrail denies all the same.
    public let agreements: [RuleName]

    init(action: AccessAction, refusals: [Refusal], guardrails: [RuleName], agreements: [RuleName]) {
        self.refusals = refusals
        self.guardrails = guardrails
        self.agreements = agreements
        let isCovered = !action.needsAgreement || !agreements.isEmpty
        outcome = refusals.isEmpty && guardrails.isEmpty && isCovered ? .allowed : .denied
    }

    public var isAllowed: Bool { outcome == .allowed }

    /// The names of the rules that the outcome rests on, each once.
    ///
    /// When allowed: the agreements that cover it (none for actions that need none). When denied: the built-in guardrails
    /// and the file's guardrails that deny, or `no-agreement` alone when there is none of them.
    public var reasons: [RuleName] {
        guard !isAllowed else { return agreements }
        var names: [RuleName] = []
        for refusal in refusals where !names.contains(refusal.guardrail.name) { names.append(refusal.guardrail.name) }
        names += guardrails
        return names.isEmpty ? [.noAgreement] : names
    }
}
