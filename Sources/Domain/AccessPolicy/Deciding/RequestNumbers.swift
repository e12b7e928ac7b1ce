import CanonicalEncoding
import SecurityLabels

/// A request as numbers of one compiled policy, the label apart; plain memory, without a reference in it.
struct RequestNumbers: Sendable {
    var action: AccessAction
    var precedence: Int32
    let origin: Int32
    let destination: Int32
    let holder: Int32
    let recipient: Int32
    /// -1 without a hub; likewise for nodes that are not known.
    let hub: Int32
    let holderNode: Int32
    let recipientNode: Int32
    let hubNode: Int32
    let realm: Int32
    var link: Int32
    /// The value on ``Axis/mailbox``.
    var mailbox: Int32
    /// In milliseconds; ``unknownTime`` where it is not known.
    var originated: Int64
    var expires: Int64

    static let unknownTime = Int64.min

    /// Whether the ways from origin to destination and from hop to hop are the same.
    var isDirect: Bool { holder == origin && recipient == destination }

    /// The node at the origin; a hop of the origin's own is taken for it.
    var originNode: Int32 { holder == origin ? holderNode : -1 }

    var destinationNode: Int32 { recipient == destination ? recipientNode : -1 }

    /// The partners at the ends, each once.
    var ends: [Int32] { origin == destination ? [origin] : [origin, destination] }

    /// Every partner that takes part, each once.
    var partners: [Int32] {
        var partners: [Int32] = []
        for partner in [origin, destination, holder, recipient, hub] where partner >= 0 && !partners.contains(partner) {
            partners.append(partner)
        }
        return partners
    }

    /// Numbers that mean nothing.
    static let none = RequestNumbers(
        action: .originate,
        precedence: 0,
        origin: 0,
        destination: 0,
        holder: 0,
        recipient: 0,
        hub: -1,
        holderNode: -1,
        recipientNode: -1,
        hubNode: -1,
        realm: 0,
        link: 0,
        mailbox: 0,
        originated: unknownTime,
        expires: unknownTime
    )

    mutating func set(_ facts: RequestFacts, _ tables: PolicyTables) {
        link = Int32((facts.link ?? .standard).rawValue)
        originated = facts.originated?.millisecondsSinceEpoch ?? Self.unknownTime
        expires = facts.expires?.millisecondsSinceEpoch ?? Self.unknownTime
        mailbox = Int32(tables.mailbox(facts.mailbox, of: Int(destination), action))
    }
}

extension PolicyTables {
    /// The value on ``Axis/mailbox`` of what is known about the mailbox of a destination.
    func mailbox(_ mailbox: PolicyMailbox?, of destination: Int, _ action: AccessAction) -> Int {
        // A message that is being originated is not for any mailbox yet.
        guard action != .originate else { return facts.mailboxCount + facts.partnerCount }
        // A mailbox of another partner than the destination says nothing about the destination's.
        guard let mailbox, mailbox.partner == index.partners.names[destination] else {
            return facts.mailboxCount + facts.partnerCount + 1 + destination
        }
        return facts.mailboxCount == 0
            ? destination : index.mailboxes.number(of: mailbox) ?? facts.mailboxCount + destination
    }
}
