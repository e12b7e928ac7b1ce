import SecurityLabels

/// Who takes part in one step of a message between two partners, by name, and who owns its label.
struct FlowEnds {
    let step: AccessAction
    let origin: PolicyPartner
    /// nil where the partner has no node in the realm.
    let originNode: PolicyNode?
    let recipient: PolicyPartner
    let recipientNode: PolicyNode?
    /// nil for a mailbox that no rule names.
    let mailbox: PolicyMailbox?
    let owners: [LabelOwner]
    let realm: PolicyRealm
}

extension AnalysisSide {
    /// What is left to be judged of a step from one partner straight to another.
    /// - Returns: nil where the policy does not know a name, or denies it all.
    func flow(_ ends: FlowEnds) -> Residual? { unsettled(ends).flatMap { settle($0, before: 0) } }

    /// The same with one agreement alone that may cover it.
    func flow(_ ends: FlowEnds, coveredBy agreement: Int) -> Residual? {
        guard var residual = unsettled(ends) else { return nil }
        var rules = tables.rules.guardrails
        rules.insert(agreement)
        residual.rules &= rules
        return settle(residual, before: 0)
    }

    private func unsettled(_ ends: FlowEnds) -> Residual? {
        let index = tables.index
        let facts = tables.facts
        let owners = ends.owners.compactMap { index.owners.number(of: $0) }
        guard let origin = index.partners.number(of: ends.origin),
            let destination = index.partners.number(of: ends.recipient),
            let realm = index.realms.number(of: ends.realm), owners.count == ends.owners.count,
            let start = place(ends.originNode, of: origin, in: realm),
            let end = place(ends.recipientNode, of: destination, in: realm)
        else { return nil }
        func owns(_ partner: Int) -> Int {
            owners.contains { facts.ownerPartners[$0] == Int32(partner) } ? 1 : 0
        }
        let mailbox = ends.mailbox.flatMap { index.mailboxes.number(of: $0) } ?? index.mailboxes.count + destination
        var rules = bare & start.holderRow & end.recipientRow
        rules &= tables.vector(of: ends.step.number, on: .action)
        rules &= tables.vector(of: realm, on: .realm)
        rules &= tables.vector(of: mailbox, on: .mailbox)
        rules &= tables.vector(of: origin * 2 + owns(origin), on: .holder)
        rules &= tables.vector(of: destination * 2 + owns(destination), on: .recipient)
        rules &= tables.rules.oneOrAll(owners.map { tables.vector(of: $0, on: .owner) })
        let common = common(origin, destination)
        let highest = min(min(start.highest, end.highest), min(facts.ceilings[origin], facts.ceilings[destination]))
        return Residual(
            rules: rules,
            asked: RuleVector(wordCount: tables.rules.wordCount),
            isCovered: !ends.step.needsAgreement,
            isMet: true,
            highest: highest,
            ranks: ranks.number(of: ranks(of: owners)),
            readIn: common.readIn,
            membership: common.membership
        )
    }

    private func place(_ node: PolicyNode?, of partner: Int, in realm: Int) -> Place? {
        guard !tables.index.partnerFacts[partner].isSuspended else { return nil }
        guard let node else { return Place(of: partner, node: -1, realm: realm, tables) }
        guard let number = tables.index.nodes.number(of: node), tables.facts.nodePartners[number] == Int32(partner),
            tables.facts.nodeRealms[number] == Int32(realm)
        else { return nil }
        return Place(of: partner, node: number, realm: realm, tables)
    }
}
