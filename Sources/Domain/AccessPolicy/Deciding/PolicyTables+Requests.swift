import CanonicalEncoding
import SecurityLabels

extension PolicyTables {
    /// Turns the names of a request into numbers.
    /// - Parameter unknown: Gains a refusal for every name that the policy does not know; then there are no numbers.
    func numbers(_ request: AccessRequest, unknown: inout [Refusal]) -> RequestNumbers? {
        let partners = index.partners
        func partner(_ code: PolicyPartner) -> Int32 { Int32(partners.number(of: code) ?? -1) }
        let origin = partner(request.origin)
        let destination = partner(request.destination)
        // The ends are the hops except in a relay through several hubs: comparing is cheaper than looking up.
        let holder = request.holder.partner == request.origin ? origin : partner(request.holder.partner)
        let recipient =
            request.recipient.partner == request.destination ? destination : partner(request.recipient.partner)
        let hub = request.hub.map { partner($0.partner) } ?? -1
        let realm = index.realms.number(of: request.realm)
        var nodes: [Refusal] = []
        let holderNode = node(of: request.holder, holder, &nodes)
        let recipientNode = node(of: request.recipient, recipient, &nodes)
        let hubNode = request.hub.map { node(of: $0, hub, &nodes) } ?? -1
        guard min(origin, destination, holder, recipient) >= 0, let realm, nodes.isEmpty,
            hub >= 0 || request.hub == nil
        else {
            for code in request.partners where partners.number(of: code) == nil {
                unknown.append(.unknownPartner(code))
            }
            unknown += nodes
            if realm == nil { unknown.append(.realm(request.realm, node: nil)) }
            return nil
        }
        var numbers = RequestNumbers(
            action: request.action,
            precedence: Int32(request.precedence.rawValue),
            origin: origin,
            destination: destination,
            holder: holder,
            recipient: recipient,
            hub: hub,
            holderNode: holderNode,
            recipientNode: recipientNode,
            hubNode: hubNode,
            realm: Int32(realm),
            link: 0,
            mailbox: 0,
            originated: 0,
            expires: 0
        )
        numbers.set(request.facts, self)
        return numbers
    }

    // A node counts for the partner that it is claimed for and for no other: two partners may use one name.
    private func node(of station: Station, _ partner: Int32, _ unknown: inout [Refusal]) -> Int32 {
        guard let name = station.node else { return -1 }
        guard let node = index.nodes.number(of: name), partner < 0 || facts.nodePartners[node] == partner else {
            let refusal = Refusal.unknownNode(name, of: station.partner)
            if !unknown.contains(refusal) { unknown.append(refusal) }
            return -1
        }
        return Int32(node)
    }

    /// The names of a request that was made into numbers.
    func request(_ numbers: RequestNumbers, _ label: ConfidentialityLabel, _ mailbox: PolicyMailbox?) -> AccessRequest {
        func partner(_ number: Int32) -> PolicyPartner { index.partners.names[Int(number)] }
        func station(_ number: Int32, _ node: Int32) -> Station {
            Station(partner(number), node: node >= 0 ? index.nodes.names[Int(node)] : nil)
        }
        func time(_ time: Int64) -> Timestamp? {
            time == RequestNumbers.unknownTime ? nil : Timestamp(millisecondsSinceEpoch: time)
        }
        return AccessRequest(
            action: numbers.action,
            label: label,
            origin: partner(numbers.origin),
            destination: partner(numbers.destination),
            holder: station(numbers.holder, numbers.holderNode),
            recipient: station(numbers.recipient, numbers.recipientNode),
            hub: numbers.hub >= 0 ? station(numbers.hub, numbers.hubNode) : nil,
            precedence: Precedence.allCases[Int(numbers.precedence)],
            realm: index.realms.names[Int(numbers.realm)],
            facts: RequestFacts(
                mailbox: mailbox,
                link: LinkStrength.allCases[Int(numbers.link)],
                originated: time(numbers.originated),
                expires: time(numbers.expires)
            )
        )
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
