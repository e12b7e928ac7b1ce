import SecurityLabels

extension PolicyTables {
    /// Whether a built-in guardrail denies; ``refusals(_:_:_:_:)`` says which and why.
    func isRefused(
        _ label: LabelNumbers,
        _ request: RequestNumbers,
        _ rank: Int32,
        _ stretch: Int
    ) -> Bool {
        func lacks(_ start: Int, _ partner: Int32) -> Bool { !label.contains(Int(partner), in: start) }
        func isSuspended(_ partner: Int32) -> Bool {
            facts.suspended[Int(partner) >> 6] >> UInt64(partner & 63) & 1 != 0
        }
        func isUnfit(_ partner: Int32, _ node: Int32) -> Bool {
            guard node >= 0 else { return rank > bestRank(partner, request.realm) }
            return rank > facts.nodeRanks[Int(node)] || facts.nodeRealms[Int(node)] != request.realm
        }
        let origin = request.origin
        let destination = request.destination
        if isSuspended(origin) || isSuspended(destination) || lacks(labelLayout.readIn, origin)
            || lacks(labelLayout.readIn, destination) || lacks(labelLayout.releasable, destination)
            || rank > facts.ceilings[Int(origin)] || rank > facts.ceilings[Int(destination)]
            || isUnfit(request.holder, request.holderNode) || isUnfit(request.recipient, request.recipientNode)
        {
            return true
        }
        if request.hub >= 0, isSuspended(request.hub) || isUnfit(request.hub, request.hubNode) { return true }
        if request.holder != origin, isSuspended(request.holder) || isUnfit(origin, -1) { return true }
        if request.recipient != destination, isSuspended(request.recipient) || isUnfit(destination, -1) { return true }
        let community = label.community
        guard community >= 0 else { return false }
        let row = memberRow(Int(community), stretch)
        return !isMember(origin, row) || !isMember(destination, row)
    }

    /// Everything that the built-in guardrails find, in the order of ``BuiltInGuardrail``.
    func refusals(_ label: LabelNumbers, _ request: RequestNumbers, _ rank: Int32, _ stretch: Int) -> [Refusal] {
        var refusals: [Refusal] = []
        func add(_ refusal: Refusal) {
            if !refusals.contains(refusal) { refusals.append(refusal) }
        }
        func name(_ partner: Int32) -> PolicyPartner { index.partners.names[Int(partner)] }

        for node in [request.holderNode, request.recipientNode, request.hubNode] where node >= 0 {
            guard facts.nodeRealms[Int(node)] != request.realm else { continue }
            add(.realm(index.realms.names[Int(request.realm)], node: index.nodes.names[Int(node)]))
        }
        for partner in request.partners where index.partnerFacts[Int(partner)].isSuspended {
            add(.suspended(name(partner)))
        }
        for end in request.ends where rank > facts.ceilings[Int(end)] { add(.ceiling(name(end))) }
        let compartments = label.members(of: labelLayout.compartments, count: index.compartments.count)
            .map { index.compartments.names[$0] }
        for end in request.ends {
            for compartment in compartments where !index.partnerFacts[Int(end)].compartments.contains(compartment) {
                add(.notReadIn(name(end), compartment))
            }
        }
        for (partner, node) in places(request) {
            guard rank > (node >= 0 ? facts.nodeRanks[Int(node)] : bestRank(partner, request.realm)) else { continue }
            add(.notAccredited(name(partner), node: node >= 0 ? index.nodes.names[Int(node)] : nil))
        }
        if label.community >= 0 {
            let community = Int(label.community)
            for end in request.ends where !isMember(end, memberRow(community, stretch)) {
                add(.notMember(name(end), index.communities.names[community]))
            }
        }
        if !label.contains(Int(request.destination), in: labelLayout.releasable) {
            add(.notReleasable(name(request.destination)))
        }
        return refusals
    }

    /// What is said of a label whose word is in the policy, but not for this day.
    func notInForce(_ label: LabelNumbers) -> Refusal {
        .notInForce(index.classifications.names[Int(label.classification)])
    }

    /// Every node that the message passes, and where only the partner is known, the partner.
    private func places(_ request: RequestNumbers) -> [(Int32, Int32)] {
        var places = [(request.holder, request.holderNode), (request.recipient, request.recipientNode)]
        if request.hub >= 0 { places.append((request.hub, request.hubNode)) }
        if request.origin != request.holder { places.append((request.origin, -1)) }
        if request.destination != request.recipient { places.append((request.destination, -1)) }
        return places
    }

    /// The highest accreditation among a partner's nodes in a realm.
    private func bestRank(_ partner: Int32, _ realm: Int32) -> Int32 {
        facts.bestRanks[Int(partner) * facts.realmCount + Int(realm)]
    }

    private func memberRow(_ community: Int, _ stretch: Int) -> Int {
        (stretch * facts.communityCount + community) * facts.partnerWords
    }

    private func isMember(_ partner: Int32, _ row: Int) -> Bool {
        facts.members[row + Int(partner) >> 6] >> UInt64(partner & 63) & 1 != 0
    }
}
