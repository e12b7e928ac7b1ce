import CanonicalEncoding
import SecurityLabels

/// A request as numbers of one compiled policy; there is none for a request with an unknown name in it.
struct RequestNumbers {
    let action: Int
    let origin: Int
    let destination: Int
    let holder: Int
    let recipient: Int
    let hub: Int?
    let holderNode: Int?
    let recipientNode: Int?
    let hubNode: Int?
    let precedence: Int
    let realm: Int
    let stretch: Int

    /// - Parameter unknown: Gains a refusal for every name that the policy does not know.
    init?(_ request: AccessRequest, at time: Timestamp, tables: PolicyTables, unknown: inout [Refusal]) {
        let partners = tables.index.partners
        let origin = partners.number(of: request.origin)
        let destination = partners.number(of: request.destination)
        // The ends are the hops except in a relay through several hubs: comparing is cheaper than looking up.
        let holder =
            request.holder.partner == request.origin ? origin : partners.number(of: request.holder.partner)
        let recipient =
            request.recipient.partner == request.destination
            ? destination : partners.number(of: request.recipient.partner)
        let hub = request.hub.flatMap { partners.number(of: $0.partner) }
        let realm = tables.index.realms.number(of: request.realm)
        var nodes: [Refusal] = []
        let holderNode = Self.node(of: request.holder, holder, tables, &nodes)
        let recipientNode = Self.node(of: request.recipient, recipient, tables, &nodes)
        let hubNode = request.hub.flatMap { Self.node(of: $0, hub, tables, &nodes) }
        guard let origin, let destination, let holder, let recipient, let realm, nodes.isEmpty,
            (hub == nil) == (request.hub == nil)
        else {
            for partner in request.partners where partners.number(of: partner) == nil {
                unknown.append(.unknownPartner(partner))
            }
            unknown += nodes
            if realm == nil { unknown.append(.realm(request.realm, node: nil)) }
            return nil
        }
        action = request.action.number
        self.origin = origin
        self.destination = destination
        self.holder = holder
        self.recipient = recipient
        self.hub = hub
        self.holderNode = holderNode
        self.recipientNode = recipientNode
        self.hubNode = hubNode
        precedence = request.precedence.rawValue
        self.realm = realm
        stretch = tables.times.stretch(at: time)
    }

    // A node counts for the partner that it is claimed for and for no other: two partners may use one name.
    private static func node(
        of station: Station,
        _ partner: Int?,
        _ tables: PolicyTables,
        _ unknown: inout [Refusal]
    ) -> Int? {
        guard let name = station.node else { return nil }
        guard let node = tables.index.nodes.number(of: name), partner == nil || tables.nodePartners[node] == partner
        else {
            let refusal = Refusal.unknownNode(name, of: station.partner)
            if !unknown.contains(refusal) { unknown.append(refusal) }
            return nil
        }
        return node
    }
}

extension AccessRequest {
    /// Every partner that takes part, each once.
    var partners: [PolicyPartner] {
        var partners: [PolicyPartner] = []
        for partner in [origin, destination, holder.partner, recipient.partner] + (hub.map { [$0.partner] } ?? [])
        where !partners.contains(partner) {
            partners.append(partner)
        }
        return partners
    }
}
