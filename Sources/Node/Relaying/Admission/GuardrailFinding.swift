import AccessPolicy
import CanonicalEncoding
import MessageEnvelope

/// What guardrails say to an answer, in the words in which the log records it.
///
/// Asked is about the message itself, in the direction in which it went, and guardrails alone are looked at: an answer
/// rests on the release that it answers, not on an agreement. Asked the other way round, a rule such as "nobody but the
/// owner passes it on" would keep every receipt from coming back.
struct GuardrailFinding {
    /// The rules that deny it; none when it is allowed.
    let denials: [String]
    /// For the details of the entry: all that another look at it takes, beside the policy that the entry names.
    let record: [String: JSONValue]
    private let explanation: JSONValue?

    init(_ request: AccessRequest, by policy: CompiledPolicy, at now: Timestamp) {
        let decision = policy.decide(request, at: now)
        denials = decision.denials.map(\.rawValue)
        explanation = denials.isEmpty ? nil : policy.explain(decision, of: request, at: now).json
        record = [
            RecordedDecisions.guardrails: [
                "outcome": .string(denials.isEmpty ? "allowed" : "denied"),
                "request": request.json(at: now),
                "rules": .array(denials.map { .string($0) }),
            ],
            "label-parts": request.label.json,
        ]
    }

    /// The denial, completed from its draft; nil when no guardrail denies it.
    ///
    /// - Parameter links: the proofs that came with the answer.
    func denial(_ draft: AuditEntryDraft, links: [TransferLink] = []) -> AnswerDenial? {
        guard !denials.isEmpty else { return nil }
        var draft = draft
        draft.reasons = Array(denials.prefix(RelayView.maximumReasons))
        var details = (draft.details.objectValue ?? [:]).merging(record) { own, _ in own }
        details["explanation"] = explanation
        draft.details = .object(details)
        return AnswerDenial(entry: draft, links: links)
    }
}
