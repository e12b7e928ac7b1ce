package import AccessPolicy
package import CanonicalEncoding
import SecurityLabels

/// Decides straight from the policy's own words, rule by rule and condition by condition; slow and obvious.
///
/// It shares nothing with the compiled tables. What it says is what Docs/policy.md says.
package struct PlainInterpreter {
    let policy: Policy

    package init(policy: Policy) { self.policy = policy }

    package struct Verdict: Equatable {
        package var isAllowed: Bool
        package var refusals: Set<Refusal>
        package var guardrails: [RuleName]
        package var agreements: [RuleName]

        init(isAllowed: Bool, refusals: Set<Refusal>, guardrails: [RuleName], agreements: [RuleName]) {
            self.isAllowed = isAllowed
            self.refusals = refusals
            self.guardrails = guardrails
            self.agreements = agreements
        }

        /// What a decision of the compiled tables says, in the same form.
        package init(_ decision: Decision) {
            isAllowed = decision.isAllowed
            refusals = Set(decision.refusals)
            guardrails = decision.guardrails
            agreements = decision.agreements
        }
    }

    package func judge(_ request: AccessRequest, at time: Timestamp) -> Verdict {
        var unknown = unknownNames(request)
        let standing = policy.standing(of: request.label, at: time)
        if unknown.isEmpty, standing == .notInForce { unknown = [.notInForce(request.label.classification)] }
        guard unknown.isEmpty else {
            return Verdict(isAllowed: false, refusals: unknown, guardrails: [], agreements: [])
        }
        let rank: Int? = if case .rank(let rank) = standing { rank } else { nil }
        let refusals = builtIn(request, rank, at: time)
        let endToEnd = PlainQuestion(
            policy: policy,
            request: request,
            rank: rank,
            time: time,
            from: request.origin,
            fromNode: request.holder.partner == request.origin ? request.holder.node : nil,
            to: request.destination,
            toNode: request.recipient.partner == request.destination ? request.recipient.node : nil
        )
        let hopToHop = PlainQuestion(
            policy: policy,
            request: request,
            rank: rank,
            time: time,
            from: request.holder.partner,
            fromNode: request.holder.node,
            to: request.recipient.partner,
            toNode: request.recipient.node
        )
        let guardrails = policy.guardrails.filter { rule in
            endToEnd.holds(rule.conditions, .could) || hopToHop.holds(rule.conditions, .could)
        }
        let crossesBorder = request.action != .originate && request.action != .deliver
        let agreements = policy.agreements.filter { rule in
            crossesBorder && endToEnd.holds(rule.conditions, .must)
        }
        return Verdict(
            isAllowed: refusals.isEmpty && guardrails.isEmpty && (!crossesBorder || !agreements.isEmpty),
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
        let isAccepted = label.policy == policy.name || policy.labelPolicies.contains(label.policy)
        note(isAccepted, "a label policy", label.policy.rawValue)
        var isClassified = false
        var ownersAreKnown = true
        for owner in [label.owner] + label.coOwners {
            guard let words = policy.ladder.equivalents[owner] else {
                note(false, "a label owner", owner.rawValue)
                ownersAreKnown = false
                continue
            }
            isClassified = isClassified || words.contains { $0.classification == label.classification }
        }
        if ownersAreKnown { note(isClassified, "a classification", label.classification.rawValue) }
        for word in label.compartments { note(policy.compartments.contains(word), "a compartment", word.rawValue) }
        for word in label.caveats { note(policy.caveats.contains(word), "a caveat", word.rawValue) }
        for code in label.releasableTo ?? [] {
            let isKnown =
                policy.partners[PolicyPartner(code.rawValue)] != nil
                || policy.groups[GroupName(code.rawValue)] != nil
            note(isKnown, "a releasability code", code.rawValue)
        }
        if let word = label.community { note(policy.communities[word] != nil, "a community", word.rawValue) }
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

    private func builtIn(_ request: AccessRequest, _ rank: Int?, at time: Timestamp) -> Set<Refusal> {
        let label = request.label
        var found: Set<Refusal> = []
        for station in stations(request) {
            if let name = station.node, let node = policy.nodes[name] {
                if node.realm != request.realm { found.insert(.realm(request.realm, node: name)) }
                if let rank, node.accreditation < rank { found.insert(.notAccredited(station.partner, node: name)) }
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
            if let rank, rank > partner.ceiling { found.insert(.ceiling(end)) }
            for compartment in label.compartments where !partner.compartments.contains(compartment) {
                found.insert(.notReadIn(end, compartment))
            }
            if let community = label.community {
                let spells = policy.communities[community, default: []].filter { $0.partner == end }
                if !spells.contains(where: { PlainQuestion.isWithin($0.dates, time) }) {
                    found.insert(.notMember(end, community))
                }
            }
        }
        let owners = ([label.owner] + label.coOwners).map(\.rawValue)
        if let codes = label.releasableTo, !owners.contains(request.destination.rawValue) {
            let isNamed = codes.contains { code in
                code.rawValue == request.destination.rawValue
                    || policy.groups[GroupName(code.rawValue)]?.contains(request.destination) == true
            }
            if !isNamed { found.insert(.notReleasable(request.destination)) }
        }
        return found
    }

    private func unaccredited(_ partner: PolicyPartner, _ realm: PolicyRealm, _ rank: Int?) -> Set<Refusal> {
        guard let rank else { return [] }
        for node in policy.nodes.values where node.partner == partner && node.realm == realm {
            if node.accreditation >= rank { return [] }
        }
        return [.notAccredited(partner, node: nil)]
    }

    private func stations(_ request: AccessRequest) -> [Station] {
        [request.holder, request.recipient] + (request.hub.map { [$0] } ?? [])
    }

    private func everybody(_ request: AccessRequest) -> Set<PolicyPartner> {
        Set([request.origin, request.destination] + stations(request).map(\.partner))
    }
}

extension Policy {
    /// The highest level that an owner of the label gives its word on the day; `none` is below every level.
    fileprivate func standing(of label: ConfidentialityLabel, at time: Timestamp) -> Ladder.Standing {
        var found = Ladder.Standing.notInForce
        for owner in [label.owner] + label.coOwners {
            for word in ladder.equivalents[owner, default: []] where word.classification == label.classification {
                guard PlainQuestion.isWithin(word.dates, time) else { continue }
                switch (found, word.rank) {
                case (.rank(let highest), let rank?): found = .rank(max(highest, rank))
                case (.rank, nil): break
                case (_, let rank?): found = .rank(rank)
                case (_, nil): found = .noLevel
                }
            }
        }
        return found
    }
}
