/// The code of a partner as a policy names it, such as `GBR`.
///
/// Any text may be carried: a partner that the policy does not know is refused by the decision, not here.
public struct PolicyPartner: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(_ text: String) { rawValue = text }

    public var description: String { rawValue }

    public static func < (left: PolicyPartner, right: PolicyPartner) -> Bool { left.rawValue < right.rawValue }
}

/// The name of one daemon as a policy names it, such as `gbr-1`; unique in the policy.
public struct PolicyNode: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(_ text: String) { rawValue = text }

    public var description: String { rawValue }

    public static func < (left: PolicyNode, right: PolicyNode) -> Bool { left.rawValue < right.rawValue }
}

/// A mailbox of a partner, written `UN/situation-room`.
///
/// Policies name mailboxes in conditions and do not list them: the directory does.
public struct PolicyMailbox: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let partner: PolicyPartner
    public let name: String

    public init(_ partner: PolicyPartner, _ name: String) {
        self.partner = partner
        self.name = name
    }

    public var description: String { "\(partner)/\(name)" }

    public static func < (left: PolicyMailbox, right: PolicyMailbox) -> Bool {
        (left.partner, left.name) < (right.partner, right.name)
    }
}

/// A release or policy officer of a partner, written `GBR/release-1`.
public struct PolicyOfficer: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let partner: PolicyPartner
    public let name: String

    public init(_ partner: PolicyPartner, _ name: String) {
        self.partner = partner
        self.name = name
    }

    public var description: String { "\(partner)/\(name)" }

    public static func < (left: PolicyOfficer, right: PolicyOfficer) -> Bool {
        (left.partner, left.name) < (right.partner, right.name)
    }
}

/// The realm of a node or message: `live`, or the name of an exercise.
public struct PolicyRealm: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(_ text: String) { rawValue = text }

    /// The realm of everything that is not an exercise.
    public static let live = PolicyRealm("live")

    public var description: String { rawValue }

    public static func < (left: PolicyRealm, right: PolicyRealm) -> Bool { left.rawValue < right.rawValue }
}

/// The name of a set of partners, such as `ALLIANCE`.
public struct GroupName: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(_ text: String) { rawValue = text }

    public var description: String { rawValue }

    public static func < (left: GroupName, right: GroupName) -> Bool { left.rawValue < right.rawValue }
}

/// The name of an agreement or guardrail; one name is one rule, whatever its kind.
public struct RuleName: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(_ text: String) { rawValue = text }

    public var description: String { rawValue }

    public static func < (left: RuleName, right: RuleName) -> Bool { left.rawValue < right.rawValue }
}
