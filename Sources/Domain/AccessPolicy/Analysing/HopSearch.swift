import CanonicalEncoding
import SecurityLabels

/// Looks for a request of a hub between two other hubs that breaks one of several invariants from hop to hop alone.
///
/// Where an invariant holds from origin to destination, the direct way between the two breaks it as well, and
/// ``InvariantSearch`` has found it. Labels have one owner or two here.
struct HopSearch {
    private let tables: PolicyTables
    private let tracked: RuleVector
    private let layers: [AnalysisLayer]
    private let whole: AnalysisSide
    private let hop: AnalysisSide
    private let diagram: DecisionDiagram
    private let common: RuleVector
    private var asked: Set<[Residual]> = []

    /// One end of the whole way and the same end of the hop.
    private struct End {
        let partner: Int
        let place: Place
        let highest: Int32
        let wholeRow: RuleVector
        let hopRow: RuleVector
    }

    private struct EndKey: Hashable {
        let partner: Int
        let highest: Int32
        let wholeRow: RuleVector
        let hopRow: RuleVector
    }

    init(_ tables: PolicyTables, _ layers: [AnalysisLayer], tracked: RuleVector, bare: RuleVector) {
        self.tables = tables
        self.layers = layers
        self.tracked = tracked
        whole = AnalysisSide(tables, layers)
        hop = AnalysisSide(tables, layers, tracked: tracked)
        diagram = DecisionDiagram(layers, [whole, hop], .agreement)
        common = bare & tables.vector(of: AccessAction.relay.number, on: .action)
    }

    mutating func counterExample(
        _ mailboxes: (Int) -> [Int]
    ) -> (request: AccessRequest, time: Timestamp)? {
        guard common.shares(tracked, with: tracked) else { return nil }
        let owners = Array(0..<tables.index.owners.count)
        let pairs = owners.flatMap { first in owners.filter { $0 > first }.map { [first, $0] } }
        for realm in tables.index.realms.names.indices {
            let rules = common & tables.vector(of: realm, on: .realm)
            guard rules.shares(tracked, with: tracked) else { continue }
            let places = (0..<tables.index.partners.count).map { Place.all(of: $0, realm: realm, tables) }
            for set in owners.map({ [$0] }) + pairs {
                if let found = search(rules, realm, set, places, mailboxes) { return found }
            }
        }
        return nil
    }

    private mutating func search(
        _ rules: RuleVector,
        _ realm: Int,
        _ owners: [Int],
        _ places: [[Place]],
        _ mailboxes: (Int) -> [Int]
    ) -> (request: AccessRequest, time: Timestamp)? {
        let rules = rules & tables.rules.oneOrAll(owners.map { tables.vector(of: $0, on: .owner) })
        guard rules.shares(tracked, with: tracked) else { return nil }
        let ranks = whole.ranks(of: owners)
        let wholeRanks = whole.ranks.number(of: ranks)
        let hopRanks = hop.ranks.number(of: ranks)
        let partners = Set(owners.map { Int(tables.facts.ownerPartners[$0]) })
        let starts = ends(rules, places, partners, .holder)
        let finishes = ends(rules, places, partners, .recipient)
        for start in starts {
            for finish in finishes {
                guard start.wholeRow.shares(tables.rules.agreements, with: finish.wholeRow) else { continue }
                let wholeRules = start.wholeRow & finish.wholeRow
                let hopRules = start.hopRow & finish.hopRow
                let common = whole.common(start.partner, finish.partner)
                for mailbox in mailboxes(finish.partner) {
                    let mailboxRow = tables.vector(of: mailbox, on: .mailbox)
                    let none = RuleVector(wordCount: tables.rules.wordCount)
                    let way = Residual(
                        rules: wholeRules & mailboxRow,
                        asked: none,
                        isCovered: false,
                        isMet: true,
                        highest: min(start.highest, finish.highest),
                        ranks: wholeRanks,
                        readIn: common.readIn,
                        membership: common.membership
                    )
                    let step = Residual(
                        rules: hopRules & mailboxRow,
                        asked: none,
                        isCovered: true,
                        isMet: false,
                        highest: .max,
                        ranks: hopRanks,
                        readIn: -1,
                        membership: -1
                    )
                    guard let way = whole.settle(way, before: 0), let step = hop.settle(step, before: 0),
                        asked.insert([way, step]).inserted,
                        let path = diagram.path(from: diagram.node([way, step]))
                    else { continue }
                    let found = AnalysisWay(
                        action: .relay,
                        realm: realm,
                        origin: start.partner,
                        destination: finish.partner,
                        holder: start.place,
                        recipient: finish.place,
                        mailbox: mailbox,
                        owners: owners
                    )
                    return found.request(path, layers, tables)
                }
            }
        }
        return nil
    }

    /// Every way to begin or to end, with those that no decision can tell apart as one.
    private func ends(_ rules: RuleVector, _ places: [[Place]], _ owners: Set<Int>, _ axis: Axis) -> [End] {
        let facts = tables.facts
        var seen: Set<EndKey> = []
        var ends: [End] = []
        func party(_ partner: Int) -> RuleVector {
            rules & tables.vector(of: partner * 2 + (owners.contains(partner) ? 1 : 0), on: axis)
        }
        func row(_ place: Place) -> RuleVector { axis == .holder ? place.holderRow : place.recipientRow }
        for (partner, own) in places.enumerated() {
            // Of a partner whose hop it is not, the node is not known.
            guard let unknown = own.first else { continue }
            for place in places.joined() {
                let hopRow = party(place.partner) & row(place) & tables.rules.guardrails
                guard hopRow.shares(tracked, with: tracked) else { continue }
                let wholeRow = party(partner) & row(place.partner == partner ? place : unknown)
                guard (wholeRow & tables.rules.agreements).isAnything else { continue }
                let highest = min(min(place.highest, facts.ceilings[partner]), unknown.highest)
                let key = EndKey(partner: partner, highest: highest, wholeRow: wholeRow, hopRow: hopRow)
                guard seen.insert(key).inserted else { continue }
                ends.append(
                    End(partner: partner, place: place, highest: highest, wholeRow: wholeRow, hopRow: hopRow)
                )
            }
        }
        return ends
    }
}
