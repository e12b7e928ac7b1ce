/// What somebody wants to do with a labelled message, in the order in which a message meets the questions.
public enum AccessAction: String, Hashable, Comparable, Sendable, CaseIterable, CustomStringConvertible {
    /// A mailbox hands a message to its own partner's node.
    case originate
    /// The origin partner's node lets it go to another partner.
    case release
    /// A hub passes on what is neither from it nor for it.
    case relay
    /// The destination partner's node takes what a peer brings.
    case accept
    /// The destination partner's node puts it into a mailbox.
    case deliver

    /// Whether an agreement must cover the action.
    ///
    /// Originating and delivering cross no border: guardrails alone judge them.
    public var needsAgreement: Bool {
        switch self {
        case .release, .relay, .accept: true
        case .originate, .deliver: false
        }
    }

    /// The action's place among all, for tables.
    var number: Int {
        switch self {
        case .originate: 0
        case .release: 1
        case .relay: 2
        case .accept: 3
        case .deliver: 4
        }
    }

    public var description: String { rawValue }

    public static func < (left: AccessAction, right: AccessAction) -> Bool { left.rawValue < right.rawValue }
}
