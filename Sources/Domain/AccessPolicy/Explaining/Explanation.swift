/// A decision in words for a release officer: what was asked, what denied or covered it, and what to do next.
///
/// It is one object wherever it is read: in the log's details, in the answer to an own mailbox, in the output of commands and
/// on pages. It is for the partner's own people. Other partners get a reason code and no more.
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
        /// What was not known of the message or its way and was counted against it, in words.
        public let unknown: [String]
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
        /// Who could make the condition hold.
        public let changer: Changer
    }

    /// Who can do something about a condition that does not hold, the nearest to the sender first.
    public enum Changer: String, Hashable, Comparable, Sendable, CaseIterable {
        /// The sender, by what it says of the message or to whom it sends it.
        case sender
        /// The owner of the information, who alone may mark it otherwise.
        case owner
        /// The operators of nodes and routes.
        case operators
        /// The policy officers.
        case officers

        private var place: Int {
            switch self {
            case .sender: 0
            case .owner: 1
            case .operators: 2
            case .officers: 3
            }
        }

        public static func < (left: Changer, right: Changer) -> Bool { left.place < right.place }
    }
}
