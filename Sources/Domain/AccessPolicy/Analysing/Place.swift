/// A partner and perhaps its node at one end of a hop, as far as decisions can tell it from others of the partner.
struct Place {
    let partner: Int
    /// -1 where it is not known.
    let node: Int
    /// The highest rank that may pass there.
    let highest: Int32
    let holderRow: RuleVector
    let recipientRow: RuleVector

    /// One node of a partner, or -1 for one that is not known.
    init(of partner: Int, node: Int, realm: Int, _ tables: PolicyTables) {
        let facts = tables.facts
        func row(_ axis: Axis) -> RuleVector {
            tables.vector(of: node >= 0 ? node : facts.nodeCount + partner, on: axis)
        }
        self.partner = partner
        self.node = node
        highest = node < 0 ? facts.bestRanks[partner * facts.realmCount + realm] : facts.nodeRanks[node]
        holderRow = row(.holderNode)
        recipientRow = row(.recipientNode)
    }

    /// The places of a partner in a realm that are fit to carry anything; none for a suspended partner.
    static func all(of partner: Int, realm: Int, _ tables: PolicyTables) -> [Place] {
        let facts = tables.facts
        guard !tables.index.partnerFacts[partner].isSuspended else { return [] }
        let nodes = (0..<facts.nodeCount).filter {
            facts.nodePartners[$0] == Int32(partner) && facts.nodeRealms[$0] == Int32(realm)
        }
        var places: [Place] = []
        for node in [-1] + nodes {
            let place = Place(of: partner, node: node, realm: realm, tables)
            let isKnown = places.contains {
                $0.highest == place.highest && $0.holderRow == place.holderRow
                    && $0.recipientRow == place.recipientRow
            }
            if !isKnown { places.append(place) }
        }
        return places
    }
}
