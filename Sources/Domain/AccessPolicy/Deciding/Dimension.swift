/// One thing that rules look at in a request: the list that reading, deciding, explaining, the canonical form and
/// analysis go by.
///
/// A rule holds when no dimension excludes it, and each is judged by itself. The order is how readily the side that sends
/// can change it, which is the order in which advice names it. Every use switches over all cases, so that a new dimension
/// has a meaning everywhere or does not compile.
public enum Dimension: Int, Hashable, Comparable, Sendable, CaseIterable {
    case precedence
    case type
    case community
    case caveats
    case releasability
    case compartments
    case classification
    case level
    case expiry
    case link
    case age
    case date
    case mailbox
    case recipientReadIn
    case recipientAccreditation
    case recipientCeiling
    case recipientNode
    case recipientKind
    case recipient
    case holderReadIn
    case holderAccreditation
    case holderCeiling
    case holderNode
    case holderKind
    case holder
    case owner
    case realm
    case action
    /// Whether the rule itself is suspended.
    case standing

    /// The keys of policy files whose conditions look at this.
    public var keys: [String] {
        switch self {
        case .precedence: ["precedence"]
        case .type: ["types"]
        case .community: ["community"]
        case .caveats: ["caveats"]
        case .releasability: ["releasable"]
        case .compartments: ["compartments"]
        case .classification: ["classification"]
        case .level: ["level", "up-to"]
        case .expiry: ["expires"]
        case .link: ["link"]
        case .age: ["age"]
        case .date: ["from", "until"]
        case .mailbox: ["recipient-mailbox"]
        case .recipient: ["recipient"]
        case .recipientKind: ["recipient-kind"]
        case .recipientNode: ["recipient-node"]
        case .recipientCeiling: ["recipient-ceiling"]
        case .recipientAccreditation: ["recipient-accreditation"]
        case .recipientReadIn: ["recipient-read-in"]
        case .holder: ["holder"]
        case .holderKind: ["holder-kind"]
        case .holderNode: ["holder-node"]
        case .holderCeiling: ["holder-ceiling"]
        case .holderAccreditation: ["holder-accreditation"]
        case .holderReadIn: ["holder-read-in"]
        case .owner: ["owner"]
        case .realm: ["realm"]
        case .action: ["action"]
        case .standing: ["suspended"]
        }
    }

    /// What a request's value in this dimension is found by.
    var subject: Subject {
        switch self {
        case .precedence: .axis(.precedence)
        case .type: .axis(.type)
        case .community: .axis(.community)
        case .caveats: .carried(.caveats)
        case .releasability: .axis(.releasability)
        case .compartments: .carried(.compartments)
        case .classification: .axis(.classification)
        case .level: .axis(.level)
        case .expiry: .axis(.expiry)
        case .link: .axis(.link)
        case .age: .axis(.age)
        case .date, .standing: .axis(.stretch)
        case .mailbox: .axis(.mailbox)
        case .recipient, .recipientKind, .recipientCeiling, .recipientReadIn: .axis(.recipient)
        case .recipientNode, .recipientAccreditation: .axis(.recipientNode)
        case .holder, .holderKind, .holderCeiling, .holderReadIn: .axis(.holder)
        case .holderNode, .holderAccreditation: .axis(.holderNode)
        case .owner: .axis(.owner)
        case .realm: .axis(.realm)
        case .action: .axis(.action)
        }
    }

    /// One value out of several, or a set of names.
    enum Subject: Hashable, Sendable {
        case axis(Axis)
        case carried(CarriedAxis)
    }

    public static func < (left: Dimension, right: Dimension) -> Bool { left.rawValue < right.rawValue }
}
