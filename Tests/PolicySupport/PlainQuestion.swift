import AccessPolicy
import CanonicalEncoding
import SecurityLabels

/// A request on one way, from somebody to somebody, against one rule at a time.
struct PlainQuestion {
    let policy: Policy
    let request: AccessRequest
    /// The label's place on the ladder; nil for a word without one.
    let rank: Int?
    let time: Timestamp
    let from: PolicyPartner
    let fromNode: PolicyNode?
    let to: PolicyPartner
    let toNode: PolicyNode?

    /// What is asked about facts that have several values, or that are not known.
    enum Mode {
        /// One value is enough: so guardrails are judged.
        case could
        /// It must be all of them, and at least one: so agreements are judged.
        case must
    }

    func holds(_ rule: Conditions, _ mode: Mode) -> Bool {
        !rule.isSuspended && Self.isWithin(rule.dates, time) && holdsForParties(rule, mode)
            && holdsForLabel(rule, mode) && holdsForMessage(rule, mode)
    }

    private func holdsForParties(_ rule: Conditions, _ mode: Mode) -> Bool {
        if let list = rule.holders, !selects(list, { means($0, from) }) { return false }
        if let list = rule.recipients, !selects(list, { means($0, to) }) { return false }
        guard let sender = policy.partners[from], let receiver = policy.partners[to] else { return false }
        if let list = rule.holderKinds, !selects(list, { $0 == sender.kind }) { return false }
        if let list = rule.recipientKinds, !selects(list, { $0 == receiver.kind }) { return false }
        if let set = rule.holderCeilings, !set.ranks.contains(sender.ceiling) { return false }
        if let set = rule.recipientCeilings, !set.ranks.contains(receiver.ceiling) { return false }
        if let condition = rule.holderReadIn, !isMet(condition, sender.compartments) { return false }
        if let condition = rule.recipientReadIn, !isMet(condition, receiver.compartments) { return false }
        if rule.holderNodes != nil || rule.holderAccreditations != nil {
            let nodes = nodes(fromNode, from)
            if let list = rule.holderNodes {
                if !judge(nodes, mode, { node in selects(list) { $0 == node } }) { return false }
            }
            if let set = rule.holderAccreditations, !judge(nodes, mode, { isAccredited($0, set) }) { return false }
        }
        if rule.recipientNodes != nil || rule.recipientAccreditations != nil {
            let nodes = nodes(toNode, to)
            if let list = rule.recipientNodes {
                if !judge(nodes, mode, { node in selects(list) { $0 == node } }) { return false }
            }
            if let set = rule.recipientAccreditations, !judge(nodes, mode, { isAccredited($0, set) }) { return false }
        }
        return true
    }

    private func holdsForLabel(_ rule: Conditions, _ mode: Mode) -> Bool {
        let label = request.label
        if let list = rule.owners {
            let isMet = judge([label.owner] + label.coOwners, mode) { owner in
                selects(list) { $0.description == owner.rawValue || isMember(owner.rawValue, of: $0.description) }
            }
            if !isMet { return false }
        }
        if let set = rule.levels, !set.ranks.contains(rank ?? RankSet.noLevel) { return false }
        if let list = rule.classifications, !selects(list, { $0 == label.classification }) { return false }
        if let condition = rule.compartments, !isMet(condition, Set(label.compartments)) { return false }
        if let condition = rule.caveats, !isMet(condition, Set(label.caveats)) { return false }
        if let list = rule.releasability {
            if !selects(list, { $0 == (label.releasableTo == nil ? .unstated : .named) }) { return false }
        }
        if let list = rule.communities {
            if !selects(list, { $0 == label.community.map { .name($0) } ?? NameOrNone.none }) { return false }
        }
        if let list = rule.types {
            if !selects(list, { $0 == label.type.map { .name($0) } ?? NameOrNone.none }) { return false }
        }
        return true
    }

    private func holdsForMessage(_ rule: Conditions, _ mode: Mode) -> Bool {
        if let list = rule.actions, !selects(list, { $0 == request.action }) { return false }
        if let set = rule.precedences, !set.ranks.contains(request.precedence.rawValue) { return false }
        if let list = rule.realms, !selects(list, { $0 == request.realm }) { return false }
        if let set = rule.links, !set.ranks.contains((request.facts.link ?? .standard).rawValue) { return false }
        if let set = rule.ages {
            let age = request.facts.originated.map { time.millisecondsSinceEpoch - $0.millisecondsSinceEpoch }
            if !judge(lengths(age, set), mode, { isWithin(set, $0) }) { return false }
        }
        if let set = rule.expiries {
            let left = request.facts.expires.map { $0.millisecondsSinceEpoch - time.millisecondsSinceEpoch }
            if !judge(lengths(left, set), mode, { isWithin(set, $0) }) { return false }
        }
        if let list = rule.recipientMailboxes {
            let isMet = judge(mailboxes(list), mode) { mailbox in selects(list) { $0 == mailbox } }
            if !isMet { return false }
        }
        return true
    }

    // MARK: - What is not known

    private func judge<Value>(_ values: [Value], _ mode: Mode, _ holds: (Value) -> Bool) -> Bool {
        // Nothing fits: a guardrail is not escaped by that, and an agreement not met.
        if values.isEmpty { return mode == .could }
        switch mode {
        case .could: return values.contains(where: holds)
        case .must: return values.allSatisfy(holds)
        }
    }

    /// The node, or where it is not known every node that the partner has.
    private func nodes(_ node: PolicyNode?, _ partner: PolicyPartner) -> [PolicyNode] {
        if let node { return [node] }
        return policy.nodes.filter { $0.value.partner == partner }.map(\.key)
    }

    /// The mailbox, or every one that the recipient could have as far as the list can tell them apart.
    private func mailboxes(_ list: Selection<PolicyMailbox>) -> [PolicyMailbox] {
        if request.action == .originate { return [PolicyMailbox(PolicyPartner(""), "no mailbox yet")] }
        if let mailbox = request.facts.mailbox, mailbox.partner == request.destination { return [mailbox] }
        let named = (list.included + list.excluded).filter { $0.partner == request.destination }
        return named + [PolicyMailbox(request.destination, "one that no rule names")]
    }

    /// The length, never below nothing; or lengths on both sides of every bound.
    private func lengths(_ length: Int64?, _ set: DurationSet) -> [Int64] {
        if let length { return [max(0, length)] }
        return set.spans.flatMap { [$0.over, $0.within].compactMap { $0 } }.flatMap { [$0, $0 + 1] }
    }

    // MARK: - Conditions

    private func isWithin(_ set: DurationSet, _ length: Int64) -> Bool {
        set.spans.contains { span in
            (span.over.map { length > $0 } ?? true) && (span.within.map { length <= $0 } ?? true)
        }
    }

    private func isAccredited(_ node: PolicyNode, _ set: RankSet) -> Bool {
        policy.nodes[node].map { set.ranks.contains($0.accreditation) } ?? false
    }

    private func selects<Value>(_ list: Selection<Value>, _ matches: (Value) -> Bool) -> Bool {
        for value in list.excluded where matches(value) { return false }
        if list.included.isEmpty { return true }
        for value in list.included where matches(value) { return true }
        return false
    }

    private func isMet<Name>(_ condition: CarriedCondition<Name>, _ carried: Set<Name>) -> Bool {
        if condition.isCarried, carried.isEmpty { return false }
        if !condition.any.isEmpty, !condition.any.contains(where: { carried.contains($0) }) { return false }
        if condition.all.contains(where: { !carried.contains($0) }) { return false }
        if condition.excluded.contains(where: { carried.contains($0) }) { return false }
        if let only = condition.only, carried.contains(where: { !only.contains($0) }) { return false }
        return true
    }

    private func means(_ term: PartyTerm, _ partner: PolicyPartner) -> Bool {
        switch term {
        case .owner: ([request.label.owner] + request.label.coOwners).contains { $0.rawValue == partner.rawValue }
        case .partner(let named): named == partner
        case .group(let group): isMember(partner.rawValue, of: group.rawValue)
        }
    }

    private func isMember(_ partner: String, of group: String) -> Bool {
        policy.groups[GroupName(group)]?.contains(PolicyPartner(partner)) ?? false
    }

    static func isWithin(_ dates: DateSpan, _ time: Timestamp) -> Bool {
        let day: Int64 = 24 * 60 * 60 * 1000
        if let from = dates.from, time.millisecondsSinceEpoch < from.millisecondsSinceEpoch { return false }
        if let until = dates.until, time.millisecondsSinceEpoch >= until.millisecondsSinceEpoch + day { return false }
        return true
    }
}
