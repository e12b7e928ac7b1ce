package import AccessPolicy
package import CanonicalEncoding
package import CoalitionDirectory

/// What policy says about one recipient of a message: every question that was asked on the way, with its answer.
package struct RecipientDecision: Sendable {
    package struct Step: Sendable {
        package let request: AccessRequest
        /// The time as of which it was decided.
        package let time: Timestamp
        package let decision: Decision
        /// In words, for the partner's own people; nil where it was allowed and nobody asked for the words.
        package let explanation: Explanation?

        package var action: AccessAction { request.action }
    }

    /// Which steps are put into words: that takes longer than deciding does.
    package enum ExplanationScope: Sendable {
        /// Those that deny. Policy and label stand in the log, so that the others can be explained at any later time.
        case denials
        case everything
    }

    package let recipient: MailboxAddress
    package let steps: [Step]

    package var isAllowed: Bool { !steps.isEmpty && steps.allSatisfy { $0.decision.isAllowed } }

    /// The rules that the outcome rests on: when denied those of the steps that deny, else all.
    package var rules: [String] {
        let speaking = isAllowed ? steps : steps.filter { !$0.decision.isAllowed }
        var names: [String] = []
        for name in speaking.flatMap(\.decision.reasons).map(\.rawValue) where !names.contains(name) {
            names.append(name)
        }
        return names
    }

    /// For the partner's own people; other partners get codes only.
    package var json: JSONValue { json(withRequests: false) }

    /// For the log's details: with all that a later policy needs to decide again, beside the label.
    var record: JSONValue { json(withRequests: true) }

    private func json(withRequests: Bool) -> JSONValue {
        [
            "recipient": .string(recipient.description),
            "outcome": .string(isAllowed ? "allowed" : "denied"),
            "rules": .array(rules.map { .string($0) }),
            "steps": .array(
                steps.map { step in
                    var members: [String: JSONValue] = [
                        "action": .string(step.action.rawValue),
                        "outcome": .string(step.decision.outcome.rawValue),
                    ]
                    members["explanation"] = step.explanation?.json
                    if withRequests { members["request"] = step.request.json(at: step.time) }
                    return .object(members)
                }
            ),
        ]
    }
}
