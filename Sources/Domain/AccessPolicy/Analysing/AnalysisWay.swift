import CanonicalEncoding
import SecurityLabels

/// Who takes part in a request and who owns the label; what a diagram's path does not say.
struct AnalysisWay {
    let action: AccessAction
    let realm: Int
    let origin: Int
    let destination: Int
    let holder: Place
    let recipient: Place
    let mailbox: Int
    let owners: [Int]

    /// The request that a path stands for, and a time at which it is that.
    /// - Returns: nil when a name of the policy would not make a label, which a policy that was read does not have.
    func request(
        _ path: [Int],
        _ layers: [AnalysisLayer],
        _ tables: PolicyTables
    ) -> (request: AccessRequest, time: Timestamp)? {
        let index = tables.index
        var values: [Axis: Int] = [:]
        var word = 0
        var carried: [CarriedAxis: [Int]] = [:]
        for (layer, value) in zip(layers, path) {
            let number = layer.values[value][0]
            switch layer.kind {
            case .word: word = number
            case .axis(let axis): values[axis] = number
            case .carried(let axis, _, _): if value == 1 { carried[axis, default: []].append(number) }
            }
        }
        let time = moment(in: values[.stretch] ?? 0, index.times)
        let community = values[.community] ?? index.communities.count
        let type = values[.type] ?? index.types.count
        let isNamed = values[.releasability] == StatedReleasability.named.number
        guard
            let label = label(
                classification: index.classifications.names[word % index.classifications.count],
                compartments: carried[.compartments, default: []].map { index.compartments.names[$0] },
                caveats: carried[.caveats, default: []].map { index.caveats.names[$0] },
                isNamed: isNamed,
                community: community < index.communities.count ? index.communities.names[community] : nil,
                type: type < index.types.count ? index.types.names[type] : nil,
                index
            )
        else { return nil }
        let rank = tables.intern(label).numbers.map { tables.rank(of: $0, index.times.stretch(at: time)) } ?? 0
        let age = values[.age] ?? 0
        let expiry = values[.expiry] ?? 0
        let numbers = RequestNumbers(
            action: action,
            precedence: Int32(values[.precedence] ?? 0),
            origin: Int32(origin),
            destination: Int32(destination),
            holder: Int32(holder.partner),
            recipient: Int32(recipient.partner),
            hub: action == .relay ? Int32(hub(rank, tables)) : -1,
            holderNode: Int32(holder.node),
            recipientNode: Int32(recipient.node),
            hubNode: -1,
            realm: Int32(realm),
            link: Int32(values[.link] ?? 0),
            mailbox: 0,
            originated: age < index.ages.count
                ? time.adding(milliseconds: -index.ages.length(in: age)).millisecondsSinceEpoch
                : RequestNumbers.unknownTime,
            expires: expiry < index.expiries.count
                ? time.adding(milliseconds: index.expiries.length(in: expiry)).millisecondsSinceEpoch
                : RequestNumbers.unknownTime
        )
        return (tables.request(numbers, label, mailbox(index)), time)
    }

    /// A moment inside a stretch that has a date.
    private func moment(in stretch: Int, _ times: TimeIndex) -> Timestamp {
        if stretch > 0 { return times.moment(in: stretch) }
        // Before every date of the policy; any day where it has none.
        guard times.count > 1 else { return Timestamp(millisecondsSinceEpoch: 1_767_225_600_000) }
        return times.moment(in: 1).adding(seconds: -DateSpan.day)
    }

    private func label(
        classification: Classification,
        compartments: [Compartment],
        caveats: [Caveat],
        isNamed: Bool,
        community: CommunityName?,
        type: MessageType?,
        _ index: PolicyIndex
    ) -> ConfidentialityLabel? {
        let names = owners.map { index.owners.names[$0] }
        let recipient = index.partners.names[destination].rawValue
        do {
            return try ConfidentialityLabel(
                policy: index.policy.name,
                owner: names[0],
                coOwners: Array(names.dropFirst()),
                classification: classification,
                compartments: compartments,
                caveats: caveats,
                releasableTo: isNamed ? [ReleasabilityCode(recipient)] : nil,
                community: community,
                type: type
            )
        } catch {
            return nil
        }
    }

    /// A partner that may pass it on: another one where there is one, or else the holder.
    private func hub(_ rank: Int32, _ tables: PolicyTables) -> Int {
        let facts = tables.facts
        let fit = (0..<facts.partnerCount).filter { partner in
            !tables.index.partnerFacts[partner].isSuspended
                && facts.bestRanks[partner * facts.realmCount + realm] >= rank
        }
        return fit.first { ![origin, destination, holder.partner, recipient.partner].contains($0) } ?? holder.partner
    }

    private func mailbox(_ index: PolicyIndex) -> PolicyMailbox? {
        if mailbox < index.mailboxes.count { return index.mailboxes.names[mailbox] }
        guard mailbox == index.mailboxes.count + destination else { return nil }
        // The name of no mailbox that a rule names.
        let partner = index.partners.names[destination]
        var name = "other"
        while index.mailboxes.number(of: PolicyMailbox(partner, name)) != nil { name += "-1" }
        return PolicyMailbox(partner, name)
    }
}
