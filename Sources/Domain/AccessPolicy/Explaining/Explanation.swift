/// A decision in words for a release officer: what was asked, what denied or covered it, and what to do next.
///
/// It is for the partner's own people. Other partners get the names of reasons and no more.
public struct Explanation: Hashable, Sendable {
    public let outcome: Decision.Outcome
    /// What was asked and what came of it, in one sentence.
    public let summary: String
    /// The facts that the policy judged beside the label: precedence, realm and time.
    public let circumstances: String
    /// The guardrails that deny, built-in ones first.
    public let denials: [Denial]
    /// The agreements that cover the request.
    public let agreements: [Cover]
    /// Where nothing covers the request: the agreements that miss the fewest conditions, nearest first.
    public let nearest: [NearMiss]
    /// Whether an agreement is missing.
    public let lacksAgreement: Bool
    /// What to do next, most useful first; nothing where the request is allowed.
    public let advice: [String]

    /// A guardrail that denies, and what it found.
    public struct Denial: Hashable, Sendable {
        public let rule: RuleName
        public let says: String
    }

    /// An agreement that covers the request.
    public struct Cover: Hashable, Sendable {
        public let rule: RuleName
        public let reference: String
        /// The last day of the agreement.
        public let until: String?
        public let says: String?
    }

    /// An agreement that would cover the request but for some conditions.
    public struct NearMiss: Hashable, Sendable {
        public let rule: RuleName
        public let reference: String
        /// The conditions that do not hold, the ones that a sender can best do something about first.
        public let misses: [Miss]
    }

    /// One condition that does not hold.
    public struct Miss: Hashable, Sendable {
        /// What the condition is about, such as `message type`.
        public let subject: String
        /// What the agreement covers.
        public let covers: String
        /// What the request has instead.
        public let got: String
    }
}
