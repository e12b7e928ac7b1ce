public import AccessPolicy
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
        /// The decision in words; nil where the node left it out, as for what it allowed.
        public let explanation: Explanation?
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
        var steps: [Step] = []
        for step in json["steps"]?.arrayValue ?? [] { steps.append(try Step(json: step)) }
        self.steps = steps
        self.json = json
    }

    static func texts(_ value: JSONValue?) -> [String] { (value?.arrayValue ?? []).compactMap(\.stringValue) }
}

extension RecipientVerdict.Step {
    fileprivate init(json: JSONValue) throws(ClientError) {
        action = json["action"]?.stringValue ?? ""
        isAllowed = json["outcome"]?.stringValue == "allowed"
        guard let explained = json["explanation"] else {
            explanation = nil
            return
        }
        do {
            explanation = try Explanation(json: explained)
        } catch {
            throw .malformedAnswer("decision: \(error)")
        }
    }
}
