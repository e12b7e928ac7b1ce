/// Words between nodes that carry no information of anybody's, such as how far a stream has come.
extension Policy {
    /// What the built-in guardrails find in nodes that talk to each other, each partner and node once.
    ///
    /// There is no label to judge by, so that the guardrails of the file and those over levels have no say: what is left
    /// is whom the policy knows, that the realms are one, and that nobody is suspended.
    public func refusals(ofContactBetween stations: [Station], realm: PolicyRealm) -> [Refusal] {
        var refusals: [Refusal] = []
        func add(_ refusal: Refusal) {
            if !refusals.contains(refusal) { refusals.append(refusal) }
        }
        for station in stations where partners[station.partner] == nil { add(.unknownPartner(station.partner)) }
        for station in stations {
            guard let name = station.node else { continue }
            guard let node = nodes[name], node.partner == station.partner else {
                add(.unknownNode(name, of: station.partner))
                continue
            }
            if node.realm != realm { add(.realm(realm, node: name)) }
        }
        for station in stations where partners[station.partner]?.isSuspended == true {
            add(.suspended(station.partner))
        }
        return refusals
    }
}
