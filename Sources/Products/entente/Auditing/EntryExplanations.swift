import AccessPolicy
import Relaying

/// The decisions of one entry in words.
///
/// A log holds the words of denials. Those of what was allowed are made when somebody reads them, from the question that
/// the entry records and under the very policy that it names.
struct EntryExplanations {
    /// In the order in which the decisions were made.
    let explanations: [Explanation]
    /// Why words are missing; nil where they are not.
    let note: String?

    init(of entry: LogEntry, _ kept: inout KeptPolicies) async throws(CommandFailure) {
        let logged = entry.details?.explanations ?? []
        let recorded: [RecordedDecision]
        do {
            guard !entry.hasAlteredDetails, case .decided(let decided) = try entry.recordedDecisions() else {
                explanations = logged
                note = nil
                return
            }
            recorded = decided
        } catch {
            explanations = logged
            note = error.message
            return
        }
        guard let hash = entry.entry.policy, recorded.contains(where: \.lacksWords) else {
            explanations = logged
            note = nil
            return
        }
        switch try await kept.policy(hash) {
        case .kept(let policy):
            explanations = recorded.flatMap { decision in
                decision.steps.compactMap { step in
                    step.explanation ?? (decision.lacksWords ? policy.explain(step.request, at: step.time) : nil)
                }
            }
            note = nil
        case .missing(let reason):
            explanations = logged
            note = "policy \(hash) \(reason): what was allowed cannot be put into words"
        }
    }

    /// The explanations as lines for people, with an empty one behind them.
    var lines: [String] {
        let lines = explanations.flatMap { explanation in
            explanation.text.split(separator: "\n").map { PrintableText.line(String($0)) }
        }
        return lines.isEmpty ? [] : lines + [""]
    }
}

extension RecordedDecision {
    /// Whether a step was decided by agreements and guardrails and the log holds no words for it. Where guardrails alone were
    /// asked and had nothing to say, there are none.
    fileprivate var lacksWords: Bool { !isOfGuardrailsAlone && steps.contains { $0.explanation == nil } }
}
