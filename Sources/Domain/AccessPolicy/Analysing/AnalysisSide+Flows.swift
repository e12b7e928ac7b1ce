import SecurityLabels

extension AnalysisSide {
    /// What is left to be judged of a release from one partner to another of a label of one owner, whatever nodes of the
    /// two take part.
    /// - Parameter mailbox: The name of the recipient's mailbox; nil for one that no rule names.
    /// - Returns: nil where the policy does not know a name, or denies it all.
    func release(
        from origin: PolicyPartner,
        to destination: PolicyPartner,
        of owner: LabelOwner,
        mailbox: PolicyMailbox?,
        in realm: PolicyRealm
    ) -> Residual? {
        let index = tables.index
        let facts = tables.facts
        guard let origin = index.partners.number(of: origin), let destination = index.partners.number(of: destination),
            let owner = index.owners.number(of: owner), let realm = index.realms.number(of: realm),
            let start = Place.all(of: origin, realm: realm, tables).first,
            let end = Place.all(of: destination, realm: realm, tables).first
        else { return nil }
        func owns(_ partner: Int) -> Int { facts.ownerPartners[owner] == Int32(partner) ? 1 : 0 }
        let mailbox = mailbox.flatMap { index.mailboxes.number(of: $0) } ?? index.mailboxes.count + destination
        var rules = bare & start.holderRow & end.recipientRow
        rules &= tables.vector(of: AccessAction.release.number, on: .action)
        rules &= tables.vector(of: realm, on: .realm)
        rules &= tables.vector(of: mailbox, on: .mailbox)
        rules &= tables.vector(of: origin * 2 + owns(origin), on: .holder)
        rules &= tables.vector(of: destination * 2 + owns(destination), on: .recipient)
        rules &= tables.vector(of: owner, on: .owner)
        let common = common(origin, destination)
        let highest = min(min(start.highest, end.highest), min(facts.ceilings[origin], facts.ceilings[destination]))
        let residual = Residual(
            rules: rules,
            asked: RuleVector(wordCount: tables.rules.wordCount),
            isCovered: false,
            highest: highest,
            ranks: ranks.number(of: ranks(of: [owner])),
            readIn: common.readIn,
            membership: common.membership
        )
        return settle(residual, before: 0)
    }
}
