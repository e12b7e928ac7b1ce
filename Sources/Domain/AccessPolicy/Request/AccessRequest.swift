public import SecurityLabels

/// One question to a policy: may this message take this step?
///
/// There is one way to make each action's request, so that none can leave out what its action is judged on.
public struct AccessRequest: Hashable, Sendable {
    public let action: AccessAction
    public let label: ConfidentialityLabel
    /// The partner that released the message first; agreements are judged from here.
    public let origin: PolicyPartner
    /// The partner whose mailbox the message is for; agreements are judged to here.
    public let destination: PolicyPartner
    /// Who has the message before the step: the origin, or in a relay the previous hop.
    public let holder: Station
    /// Who has it after the step: the destination, or in a relay the next hop.
    public let recipient: Station
    /// The hub that passes it on, which sees the header and never the content.
    public let hub: Station?
    public let precedence: Precedence
    public let realm: PolicyRealm
    /// What else is known; nothing about a recipient mailbox when originating, for there is none yet.
    public let facts: RequestFacts

    /// The node at the origin, where it is known; a hop of the origin's own is taken for it.
    var originNode: PolicyNode? { holder.partner == origin ? holder.node : nil }

    /// The node at the destination, where it is known.
    var destinationNode: PolicyNode? { recipient.partner == destination ? recipient.node : nil }

    /// May a mailbox of this partner submit the message here?
    public static func originate(
        _ label: ConfidentialityLabel,
        at station: Station,
        precedence: Precedence,
        realm: PolicyRealm = .live,
        facts: RequestFacts = .unknown
    ) -> AccessRequest {
        AccessRequest(
            action: .originate,
            label: label,
            origin: station.partner,
            destination: station.partner,
            holder: station,
            recipient: station,
            hub: nil,
            precedence: precedence,
            realm: realm,
            facts: facts
        )
    }

    /// May the origin let the message go to the destination, directly or through a hub?
    public static func release(
        _ label: ConfidentialityLabel,
        from origin: Station,
        to destination: Station,
        through hub: Station? = nil,
        precedence: Precedence,
        realm: PolicyRealm = .live,
        facts: RequestFacts = .unknown
    ) -> AccessRequest {
        AccessRequest(
            action: .release,
            label: label,
            origin: origin.partner,
            destination: destination.partner,
            holder: origin,
            recipient: destination,
            hub: hub,
            precedence: precedence,
            realm: realm,
            facts: facts
        )
    }

    /// May a hub take the message from the previous hop and pass it to the next?
    public static func relay(
        _ label: ConfidentialityLabel,
        origin: PolicyPartner,
        previousHop: Station,
        hub: Station,
        nextHop: Station,
        destination: PolicyPartner,
        precedence: Precedence,
        realm: PolicyRealm = .live,
        facts: RequestFacts = .unknown
    ) -> AccessRequest {
        AccessRequest(
            action: .relay,
            label: label,
            origin: origin,
            destination: destination,
            holder: previousHop,
            recipient: nextHop,
            hub: hub,
            precedence: precedence,
            realm: realm,
            facts: facts
        )
    }

    /// May the destination take the message that comes from the origin, directly or through a hub?
    public static func accept(
        _ label: ConfidentialityLabel,
        from origin: Station,
        to destination: Station,
        through hub: Station? = nil,
        precedence: Precedence,
        realm: PolicyRealm = .live,
        facts: RequestFacts = .unknown
    ) -> AccessRequest {
        AccessRequest(
            action: .accept,
            label: label,
            origin: origin.partner,
            destination: destination.partner,
            holder: origin,
            recipient: destination,
            hub: hub,
            precedence: precedence,
            realm: realm,
            facts: facts
        )
    }

    /// May the message be put into a mailbox of the destination, which accepted or originated it?
    public static func deliver(
        _ label: ConfidentialityLabel,
        from origin: Station,
        to destination: Station,
        precedence: Precedence,
        realm: PolicyRealm = .live,
        facts: RequestFacts = .unknown
    ) -> AccessRequest {
        AccessRequest(
            action: .deliver,
            label: label,
            origin: origin.partner,
            destination: destination.partner,
            holder: origin,
            recipient: destination,
            hub: nil,
            precedence: precedence,
            realm: realm,
            facts: facts
        )
    }
}
