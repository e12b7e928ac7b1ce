public import CanonicalEncoding
public import CoalitionDirectory

/// What the node's policy says about one recipient, with its reasons in words.
///
/// The words are for the partner's own people: other partners learn codes only.
public struct RecipientVerdict: Hashable, Sendable {
    public let recipient: MailboxAddress
    public let isAllowed: Bool
    /// The rules that the outcome rests on.
    public let rules: [String]
    /// Each question that was asked on the way, in its order.
    public let steps: [Step]
    /// The verdict as the node sent it.
    public let json: JSONValue

    /// One question and its answer.
    public struct Step: Hashable, Sendable {
        /// What was asked, such as `originate` or `release`.
        public let action: String
        public let isAllowed: Bool
        /// What was asked and what came of it, in one sentence.
        public let summary: String
        /// Each rule that denies, with what it says.
        public let denials: [Denial]
        /// Whether no agreement covers it.
        public let lacksAgreement: Bool
        /// The agreements that come nearest, where one is missing.
        public let nearest: [NearMiss]
        /// What to do next, most useful first.
        public let advice: [String]
    }

    /// A rule that denies, and what it found.
    public struct Denial: Hashable, Sendable {
        public let rule: String
        public let says: String
    }

    /// An agreement that would cover the release but for some conditions.
    public struct NearMiss: Hashable, Sendable {
        public let rule: String
        public let reference: String
        /// The conditions that do not hold, in words.
        public let misses: [String]
    }

    /// Reads a verdict. What this release does not know is passed over; what it needs must be there.
    public init(json: JSONValue) throws(ClientError) {
        guard let text = json["recipient"]?.stringValue, let outcome = json["outcome"]?.stringValue,
            outcome == "allowed" || outcome == "denied"
        else {
            throw .malformedAnswer("expected a decision with `recipient` and `outcome`")
        }
        do {
            recipient = try MailboxAddress(text)
        } catch {
            throw .malformedAnswer("decision: \(error)")
        }
        isAllowed = outcome == "allowed"
        rules = Self.texts(json["rules"])
        steps = (json["steps"]?.arrayValue ?? []).map(Step.init(json:))
        self.json = json
    }

    static func texts(_ value: JSONValue?) -> [String] { (value?.arrayValue ?? []).compactMap(\.stringValue) }
}

extension RecipientVerdict.Step {
    fileprivate init(json: JSONValue) {
        let explanation = json["explanation"]
        func text(_ value: JSONValue?, _ name: String) -> String { value?[name]?.stringValue ?? "" }
        func elements(_ name: String) -> [JSONValue] { explanation?[name]?.arrayValue ?? [] }
        action = text(json, "action")
        isAllowed = text(json, "outcome") == "allowed"
        summary = text(explanation, "summary")
        denials = elements("denials").map { .init(rule: text($0, "rule"), says: text($0, "says")) }
        lacksAgreement = explanation?["lacks-agreement"]?.boolValue ?? false
        nearest = elements("nearest").map { near in
            RecipientVerdict.NearMiss(
                rule: text(near, "rule"),
                reference: text(near, "reference"),
                misses: (near["misses"]?.arrayValue ?? []).map {
                    "\(text($0, "subject")): it covers \(text($0, "covers")); this is \(text($0, "got"))"
                }
            )
        }
        advice = RecipientVerdict.texts(explanation?["advice"])
    }
}
