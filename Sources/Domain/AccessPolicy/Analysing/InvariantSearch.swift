import CanonicalEncoding
import SecurityLabels

/// Looks for a request that a policy allows although one of several invariants says that it never may; exactly, over all
/// requests.
///
/// The tables are those of the policy with the invariants as further guardrails, which this search does not let deny.
struct InvariantSearch {
    private let tables: PolicyTables
    private let tracked: RuleVector
    private let layers: [AnalysisLayer]
    private let side: AnalysisSide
    private let diagram: DecisionDiagram
    private var owners: OwnerChoices
    private var asked: Set<Residual> = []

    init(_ policy: Policy, _ invariants: some Sequence<Policy.Invariant>) {
        let tables = PolicyTables(policy.guarded(by: invariants))
        let names = Set(invariants.map(\.name))
        tracked = tables.rules.vector(of: tables.rules.names.indices.filter { names.contains(tables.rules.names[$0]) })
        self.tables = tables
        layers = AnalysisLayer.layers(of: tables)
        side = AnalysisSide(tables, layers, tracked: tracked)
        diagram = DecisionDiagram(layers, [side], .agreement)
        owners = OwnerChoices(tables, side, tracked: tracked)
    }

    /// A request that breaks an invariant and a time at which it does; nil when there is none.
    mutating func counterExample() -> (request: AccessRequest, time: Timestamp)? {
        for action in [AccessAction.release, .accept, .relay, .deliver, .originate] {
            for realm in tables.index.realms.names.indices {
                if let found = search(action, realm) { return found }
            }
        }
        // What holds from hop to hop and says nothing of who takes part holds from origin to destination.
        let parties = [Axis.holder, .recipient, .holderNode, .recipientNode].flatMap(\.dimensions)
        let tracked = tracked & tables.rules.vector { parties.contains(where: $0.states) }
        guard tracked.isAnything else { return nil }
        var hops = HopSearch(tables, layers, tracked: tracked, bare: side.bare)
        return hops.counterExample { mailboxes(of: $0, .relay) }
    }

    // MARK: - Ways without hops between

    private mutating func search(_ action: AccessAction, _ realm: Int) -> (request: AccessRequest, time: Timestamp)? {
        let partners = tables.index.partners.count
        let places = (0..<partners).map { Place.all(of: $0, realm: realm, tables) }
        let common = tables.vector(of: action.number, on: .action) & tables.vector(of: realm, on: .realm) & side.bare
        guard common.shares(tracked, with: tracked) else { return nil }
        for origin in 0..<partners {
            for destination in 0..<partners where action != .originate || destination == origin {
                let mailboxes = mailboxes(of: destination, action)
                for start in places[origin] {
                    // A mailbox submits at the one node that also takes the message.
                    let ends = action == .originate ? [start] : places[destination]
                    for end in ends {
                        let way = common & start.holderRow & end.recipientRow
                        guard way.shares(tracked, with: tracked) else { continue }
                        for mailbox in mailboxes {
                            let rules = way & tables.vector(of: mailbox, on: .mailbox)
                            guard rules.shares(tracked, with: tracked) else { continue }
                            if let found = search(rules, action, realm, start, end, mailbox) { return found }
                        }
                    }
                }
            }
        }
        return nil
    }

    private mutating func search(
        _ rules: RuleVector,
        _ action: AccessAction,
        _ realm: Int,
        _ start: Place,
        _ end: Place,
        _ mailbox: Int
    ) -> (request: AccessRequest, time: Timestamp)? {
        let facts = tables.facts
        let highest = min(
            min(start.highest, end.highest),
            min(facts.ceilings[start.partner], facts.ceilings[end.partner])
        )
        let ends = start.partner == end.partner ? [start.partner] : [start.partner, end.partner]
        for owning in subsets(ends) {
            let parties =
                rules & tables.vector(of: start.partner * 2 + (owning.contains(start.partner) ? 1 : 0), on: .holder)
                & tables.vector(of: end.partner * 2 + (owning.contains(end.partner) ? 1 : 0), on: .recipient)
            guard parties.shares(tracked, with: tracked), isOpen(parties, action) else { continue }
            let common = side.common(start.partner, end.partner)
            for choice in owners.choices(owning: owning, of: ends) {
                let residual = Residual(
                    rules: parties & choice.rules,
                    asked: RuleVector(wordCount: tables.rules.wordCount),
                    isCovered: !action.needsAgreement,
                    isMet: false,
                    highest: highest,
                    ranks: choice.ranks,
                    readIn: common.readIn,
                    membership: common.membership
                )
                guard let residual = side.settle(residual, before: 0), asked.insert(residual).inserted,
                    let path = diagram.path(from: diagram.node([residual]))
                else { continue }
                let way = AnalysisWay(
                    action: action,
                    realm: realm,
                    origin: start.partner,
                    destination: end.partner,
                    holder: start,
                    recipient: end,
                    mailbox: mailbox,
                    owners: choice.owners
                )
                return way.request(path, layers, tables)
            }
        }
        return nil
    }

    // MARK: - What is shared

    private func isOpen(_ rules: RuleVector, _ action: AccessAction) -> Bool {
        !action.needsAgreement || (rules & tables.rules.agreements).isAnything
    }

    /// The values of the mailbox that a rule can tell apart.
    private func mailboxes(of destination: Int, _ action: AccessAction) -> [Int] {
        let index = tables.index
        let other = index.mailboxes.count + destination
        guard action != .originate else { return [index.mailboxes.count + index.partners.count] }
        let named = index.mailboxes.names.indices.filter {
            index.mailboxes.names[$0].partner == index.partners.names[destination]
        }
        var seen: Set<RuleVector> = []
        return ([other + index.partners.count + 1, other] + named).filter {
            seen.insert(tables.vector(of: $0, on: .mailbox)).inserted
        }
    }

    /// The partners among these that may own a label together, every combination.
    private func subsets(_ partners: [Int]) -> [[Int]] {
        partners.filter { owners.owner($0) != nil }.reduce(into: [[]]) { sets, partner in
            sets += sets.map { $0 + [partner] }
        }
    }
}

extension Policy {
    /// The policy with invariants as further guardrails.
    func guarded(by invariants: some Sequence<Invariant>) -> Policy {
        let added = invariants.map { Guardrail(name: $0.name, says: $0.says, conditions: $0.conditions) }
        return with(guardrails: guardrails + added, agreements: agreements)
    }
}
