import AccessPolicy
import CanonicalEncoding
import SecurityLabels

/// Decides straight from the policy's own words, rule by rule and condition by condition; slow and obvious.
///
/// It shares nothing with the compiled tables. What it says is what Docs/policy.md says.
struct PlainInterpreter {
    let policy: Policy

    struct Verdict: Equatable {
        var isAllowed: Bool
        var refusals: Set<Refusal>
        var guardrails: [RuleName]
        var agreements: [RuleName]
    }

    func judge(_ request: AccessRequest, at time: Timestamp) -> Verdict {
        let unknown = unknownNames(request)
        guard unknown.isEmpty else {
            return Verdict(isAllowed: false, refusals: unknown, guardrails: [], agreements: [])
        }
        let refusals = builtIn(request, at: time)
        let rank = level(of: request.label)
        let endToEnd = (from: request.origin, to: request.destination)
        let hopToHop = (from: request.holder.partner, to: request.recipient.partner)
        let guardrails = policy.guardrails.filter { rule in
            holds(rule.conditions, request, rank, endToEnd, time)
                || (hopToHop != endToEnd && holds(rule.conditions, request, rank, hopToHop, time))
        }
        let agreements = policy.agreements.filter { rule in
            request.action != .originate && request.action != .deliver
                && holds(rule.conditions, request, rank, endToEnd, time)
        }
        let isCovered = request.action == .originate || request.action == .deliver || !agreements.isEmpty
        return Verdict(
            isAllowed: refusals.isEmpty && guardrails.isEmpty && isCovered,
            refusals: refusals,
            guardrails: guardrails.map(\.name).sorted(),
            agreements: agreements.map(\.name).sorted()
        )
    }

    // MARK: - What is not in the policy

    private func unknownNames(_ request: AccessRequest) -> Set<Refusal> {
        let label = request.label
        var found: Set<Refusal> = []
        func note(_ isKnown: Bool, _ what: String, _ text: String) {
            if !isKnown { found.insert(.unknownLabel(what: what, text: text)) }
        }
        note(label.policy == policy.name, "a label policy", label.policy.rawValue)
        if let words = policy.ladder.equivalents[label.owner] {
            let isKnown = words.contains { $0.classification == label.classification }
            note(isKnown, "a classification", label.classification.rawValue)
        } else {
            note(false, "a label owner", label.owner.rawValue)
        }
        for word in label.compartments { note(policy.compartments.contains(word), "a compartment", word.rawValue) }
        for word in label.caveats { note(policy.caveats.contains(word), "a caveat", word.rawValue) }
        for code in label.releasableTo ?? [] {
            let isKnown =
                policy.partners.keys.contains { $0.rawValue == code.rawValue }
                || policy.groups.keys.contains { $0.rawValue == code.rawValue }
            note(isKnown, "a releasability code", code.rawValue)
        }
        if let word = label.community { note(policy.communities.keys.contains(word), "a community", word.rawValue) }
        if let word = label.type { note(policy.types.contains(word), "a message type", word.rawValue) }

        for partner in everybody(request) where policy.partners[partner] == nil {
            found.insert(.unknownPartner(partner))
        }
        for station in stations(request) {
            guard let name = station.node else { continue }
            let isUnknown: Bool
            if let node = policy.nodes[name] {
                isUnknown = policy.partners[station.partner] != nil && node.partner != station.partner
            } else {
                isUnknown = true
            }
            if isUnknown { found.insert(.unknownNode(name, of: station.partner)) }
        }
        if request.realm != .live, !policy.nodes.values.contains(where: { $0.realm == request.realm }) {
            found.insert(.realm(request.realm, node: nil))
        }
        return found
    }

    // MARK: - Built-in guardrails

    private func builtIn(_ request: AccessRequest, at time: Timestamp) -> Set<Refusal> {
        let label = request.label
        let rank = level(of: label)
        var found: Set<Refusal> = []
        for station in stations(request) {
            if let name = station.node, let node = policy.nodes[name] {
                if node.realm != request.realm { found.insert(.realm(request.realm, node: name)) }
                if node.accreditation < rank { found.insert(.notAccredited(station.partner, node: name)) }
            } else {
                found.formUnion(unaccredited(station.partner, request.realm, rank))
            }
        }
        if request.origin != request.holder.partner {
            found.formUnion(unaccredited(request.origin, request.realm, rank))
        }
        if request.destination != request.recipient.partner {
            found.formUnion(unaccredited(request.destination, request.realm, rank))
        }
        for partner in everybody(request) where policy.partners[partner]?.isSuspended == true {
            found.insert(.suspended(partner))
        }
        for end in [request.origin, request.destination] {
            guard let partner = policy.partners[end] else { continue }
            if rank > partner.ceiling { found.insert(.ceiling(end)) }
            for compartment in label.compartments where !partner.compartments.contains(compartment) {
                found.insert(.notReadIn(end, compartment))
            }
            if let community = label.community {
                let spells = policy.communities[community, default: []].filter { $0.partner == end }
                if !spells.contains(where: { isWithin($0.dates, time) }) { found.insert(.notMember(end, community)) }
            }
        }
        if let codes = label.releasableTo, request.destination.rawValue != label.owner.rawValue {
            let isNamed = codes.contains { code in
                code.rawValue == request.destination.rawValue || isMember(request.destination, of: code.rawValue)
            }
            if !isNamed { found.insert(.notReleasable(request.destination)) }
        }
        return found
    }

    private func unaccredited(_ partner: PolicyPartner, _ realm: PolicyRealm, _ rank: Int) -> Set<Refusal> {
        let nodes = policy.nodes.values.filter { $0.partner == partner && $0.realm == realm }
        return nodes.contains { $0.accreditation >= rank } ? [] : [.notAccredited(partner, node: nil)]
    }

    // MARK: - Rules of the file

    private func holds(
        _ rule: Conditions,
        _ request: AccessRequest,
        _ rank: Int,
        _ way: (from: PolicyPartner, to: PolicyPartner),
        _ time: Timestamp
    ) -> Bool {
        let label = request.label
        if let list = rule.actions, !selects(list, { $0 == request.action }) { return false }
        if let list = rule.owners {
            let isSelected = selects(list) { term in
                switch term {
                case .owner: false
                case .partner(let partner): partner.rawValue == label.owner.rawValue
                case .group(let group):
                    group.rawValue == label.owner.rawValue
                        || isMember(PolicyPartner(label.owner.rawValue), of: group.rawValue)
                }
            }
            if !isSelected { return false }
        }
        if let list = rule.holders, !selects(list, { means($0, way.from, label) }) { return false }
        if let list = rule.recipients, !selects(list, { means($0, way.to, label) }) { return false }
        if let list = rule.recipientKinds, !selects(list, { $0 == policy.partners[way.to]?.kind }) { return false }
        if let above = rule.aboveRank, rank <= above { return false }
        if let upTo = rule.upToRank, rank > upTo { return false }
        if let condition = rule.compartments, !isMet(condition, label.compartments) { return false }
        if let condition = rule.caveats, !isMet(condition, label.caveats) { return false }
        if let list = rule.communities {
            if !selects(list, { $0 == label.community.map { .name($0) } ?? NameOrNone.none }) { return false }
        }
        if let list = rule.types {
            if !selects(list, { $0 == label.type.map { .name($0) } ?? NameOrNone.none }) { return false }
        }
        if let list = rule.precedences, !selects(list, { $0 == request.precedence }) { return false }
        if let list = rule.realms, !selects(list, { $0 == request.realm }) { return false }
        return isWithin(rule.dates, time)
    }

    private func selects<Value>(_ list: Selection<Value>, _ matches: (Value) -> Bool) -> Bool {
        for value in list.excluded where matches(value) { return false }
        if list.included.isEmpty { return true }
        for value in list.included where matches(value) { return true }
        return false
    }

    private func isMet<Name>(_ condition: CarriedCondition<Name>, _ carried: [Name]) -> Bool {
        switch condition {
        case .none: return carried.isEmpty
        case .only(let names): return carried.allSatisfy { names.contains($0) }
        case .carries(let list):
            if carried.contains(where: { list.excluded.contains($0) }) { return false }
            return list.included.isEmpty || carried.contains { list.included.contains($0) }
        }
    }

    private func means(_ term: PartyTerm, _ partner: PolicyPartner, _ label: ConfidentialityLabel) -> Bool {
        switch term {
        case .owner: partner.rawValue == label.owner.rawValue
        case .partner(let named): named == partner
        case .group(let group): isMember(partner, of: group.rawValue)
        }
    }

    private func isMember(_ partner: PolicyPartner, of group: String) -> Bool {
        policy.groups[GroupName(group)]?.contains(partner) ?? false
    }

    private func isWithin(_ dates: DateSpan, _ time: Timestamp) -> Bool {
        let day: Int64 = 24 * 60 * 60 * 1000
        if let from = dates.from, time.millisecondsSinceEpoch < from.millisecondsSinceEpoch { return false }
        if let until = dates.until, time.millisecondsSinceEpoch >= until.millisecondsSinceEpoch + day { return false }
        return true
    }

    private func level(of label: ConfidentialityLabel) -> Int {
        let words = policy.ladder.equivalents[label.owner, default: []]
        for word in words where word.classification == label.classification { return word.rank }
        return Int.max
    }

    private func stations(_ request: AccessRequest) -> [Station] {
        [request.holder, request.recipient] + (request.hub.map { [$0] } ?? [])
    }

    private func everybody(_ request: AccessRequest) -> Set<PolicyPartner> {
        Set([request.origin, request.destination] + stations(request).map(\.partner))
    }
}
