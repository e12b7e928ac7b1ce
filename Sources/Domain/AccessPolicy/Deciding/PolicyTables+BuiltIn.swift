import SecurityLabels

extension PolicyTables {
    /// Judges a request by the guardrails that every policy has, and names everything that they find.
    func refuse(
        _ label: InternedLabel.Numbers,
        _ request: RequestNumbers,
        _ names: AccessRequest,
        into refusals: inout [Refusal]
    ) {
        refuseRealm(request, names, into: &refusals)
        refuseSuspended(request, names, into: &refusals)
        refuseCeiling(label, request, into: &refusals)
        refuseReadIn(label, request, into: &refusals)
        refuseAccreditation(label, request, names, into: &refusals)
        refuseCommunity(label, request, into: &refusals)
        if let codes = label.releasability, label.ownerPartner != request.destination,
            !codes.contains(where: { releases[$0 * index.partners.count + request.destination] })
        {
            refusals.append(.notReleasable(names.destination))
        }
    }

    private func refuseCeiling(
        _ label: InternedLabel.Numbers,
        _ request: RequestNumbers,
        into refusals: inout [Refusal]
    ) {
        request.forEachEnd { partner in
            if label.rank > ceilings[partner] { refusals.append(.ceiling(index.partners.names[partner])) }
        }
    }

    private func refuseReadIn(
        _ label: InternedLabel.Numbers,
        _ request: RequestNumbers,
        into refusals: inout [Refusal]
    ) {
        guard !label.compartments.isEmpty else { return }
        request.forEachEnd { partner in
            for compartment in label.compartments where !readIn[partner * index.compartments.count + compartment] {
                refusals.append(.notReadIn(index.partners.names[partner], index.compartments.names[compartment]))
            }
        }
    }

    private func refuseCommunity(
        _ label: InternedLabel.Numbers,
        _ request: RequestNumbers,
        into refusals: inout [Refusal]
    ) {
        guard let community = label.community else { return }
        let row = (request.stretch * index.communities.count + community) * index.partners.count
        request.forEachEnd { partner in
            guard !members[row + partner] else { return }
            refusals.append(.notMember(index.partners.names[partner], index.communities.names[community]))
        }
    }

    private func refuseRealm(_ request: RequestNumbers, _ names: AccessRequest, into refusals: inout [Refusal]) {
        func judge(_ node: Int?) {
            guard let node, nodeRealms[node] != request.realm else { return }
            let refusal = Refusal.realm(names.realm, node: index.nodes.names[node])
            if !refusals.contains(refusal) { refusals.append(refusal) }
        }
        judge(request.holderNode)
        judge(request.recipientNode)
        judge(request.hubNode)
    }

    private func refuseSuspended(_ request: RequestNumbers, _ names: AccessRequest, into refusals: inout [Refusal]) {
        guard
            suspended[request.origin] || suspended[request.destination] || suspended[request.holder]
                || suspended[request.recipient] || request.hub.map({ suspended[$0] }) ?? false
        else { return }
        for partner in names.partners where policy.partners[partner]?.isSuspended == true {
            refusals.append(.suspended(partner))
        }
    }

    /// Every node that the message passes must be accredited, and where only the partner is known, one of its nodes.
    private func refuseAccreditation(
        _ label: InternedLabel.Numbers,
        _ request: RequestNumbers,
        _ names: AccessRequest,
        into refusals: inout [Refusal]
    ) {
        func judge(_ partner: Int, _ node: Int?) {
            let rank = node.map { nodeRanks[$0] } ?? bestRanks[partner * index.realms.count + request.realm]
            guard label.rank > rank else { return }
            let refusal = Refusal.notAccredited(
                index.partners.names[partner],
                node: node.map { index.nodes.names[$0] }
            )
            if !refusals.contains(refusal) { refusals.append(refusal) }
        }
        judge(request.holder, request.holderNode)
        judge(request.recipient, request.recipientNode)
        if let hub = request.hub { judge(hub, request.hubNode) }
        if request.origin != request.holder { judge(request.origin, nil) }
        if request.destination != request.recipient { judge(request.destination, nil) }
    }
}

extension RequestNumbers {
    /// Calls the body with the origin and, where it is another partner, with the destination.
    fileprivate func forEachEnd(_ body: (Int) -> Void) {
        body(origin)
        if destination != origin { body(destination) }
    }
}
