import CanonicalEncoding
import SecurityLabels

/// Says in words what a rule's condition covers and what a request has in its place.
struct ConditionWords {
    let policy: Policy
    let request: AccessRequest
    let time: Timestamp

    func miss(_ dimension: Dimension, of conditions: Conditions) -> Explanation.Miss {
        let label = request.label
        func miss(_ subject: String, _ covers: String, _ got: String) -> Explanation.Miss {
            Explanation.Miss(subject: subject, covers: covers, got: got, changer: dimension.changer)
        }
        switch dimension {
        case .action:
            return miss("action", list(conditions.actions), request.action.rawValue)
        case .owner:
            return miss("label owner", parties(conditions.owners), ownersOutside(conditions.owners))
        case .holder:
            return miss("sender", parties(conditions.holders), request.origin.rawValue)
        case .holderKind:
            return miss("kind of sender", list(conditions.holderKinds), kind(request.origin))
        case .holderNode:
            return miss("sender's node", list(conditions.holderNodes), node(request.originNode))
        case .holderCeiling:
            return miss("sender's ceiling", levels(conditions.holderCeilings), ceiling(request.origin))
        case .holderAccreditation:
            let accreditation = accreditation(request.originNode)
            return miss("accreditation of the sender's node", levels(conditions.holderAccreditations), accreditation)
        case .holderReadIn:
            return miss("what the sender is read in to", carried(conditions.holderReadIn), readIn(request.origin))
        case .recipient:
            return miss("recipient", parties(conditions.recipients), request.destination.rawValue)
        case .recipientKind:
            return miss("kind of recipient", list(conditions.recipientKinds), kind(request.destination))
        case .recipientNode:
            return miss("recipient's node", list(conditions.recipientNodes), node(request.destinationNode))
        case .mailbox:
            let mailbox = request.facts.mailbox?.description ?? "not known"
            return miss("recipient's mailbox", list(conditions.recipientMailboxes), mailbox)
        case .recipientCeiling:
            return miss("recipient's ceiling", levels(conditions.recipientCeilings), ceiling(request.destination))
        case .recipientAccreditation:
            let accreditation = accreditation(request.destinationNode)
            return miss(
                "accreditation of the recipient's node",
                levels(conditions.recipientAccreditations),
                accreditation
            )
        case .recipientReadIn:
            let readIn = readIn(request.destination)
            return miss("what the recipient is read in to", carried(conditions.recipientReadIn), readIn)
        case .level:
            return miss("level", levels(conditions.levels), levelOfLabel)
        case .classification:
            return miss("classification", list(conditions.classifications), label.classification.rawValue)
        case .compartments:
            return miss("compartments", carried(conditions.compartments), names(label.compartments))
        case .caveats:
            return miss("caveats", carried(conditions.caveats), names(label.caveats))
        case .releasability:
            let stated = label.releasableTo == nil ? StatedReleasability.unstated : .named
            let covers = conditions.releasability.map { selection in
                StatedReleasability.allCases.filter { value in selection.selects { $0 == value } }
                    .map(Self.words).joined(separator: " or ")
            }
            return miss("releasability", covers ?? "any", Self.words(stated))
        case .community:
            return miss("community", list(conditions.communities), label.community?.rawValue ?? "none")
        case .type:
            return miss("message type", list(conditions.types), label.type?.rawValue ?? "none")
        case .precedence:
            let covers = places(conditions.precedences, Precedence.allCases.map(\.name))
            return miss("precedence", covers, request.precedence.name)
        case .realm:
            return miss("realm", list(conditions.realms), request.realm.rawValue)
        case .link:
            let covers = places(conditions.links, LinkStrength.allCases.map(\.name))
            return miss("link", covers, request.facts.link?.name ?? "not known, which counts as standard")
        case .age:
            return miss("age", conditions.ages?.words ?? "any time", length(request.facts.originated, time))
        case .expiry:
            return miss("time to expiry", conditions.expiries?.words ?? "any time", length(time, request.facts.expires))
        case .date:
            return miss("date", Self.dates(conditions.dates), time.date)
        case .standing:
            return miss(
                "suspension",
                "nothing until the policy officers lift it",
                "asked while it lasts"
            )
        }
    }

    /// The label's owners in words.
    static func owners(_ label: ConfidentialityLabel) -> String {
        joined(label.owners.map(\.rawValue))
    }

    private static func joined(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return "\(names.dropLast().joined(separator: ", ")) and \(last)"
    }

    /// The label's owners, and of several those that a rule does not cover: it must cover every one.
    private func ownersOutside(_ selection: Selection<PartyTerm>?) -> String {
        let label = request.label
        guard !label.coOwners.isEmpty, let selection else { return Self.owners(label) }
        let outside = label.owners.filter { owner in !selection.selects { means($0, owner) } }
        return "\(Self.owners(label)) together, and it must cover each: not \(Self.joined(outside.map(\.rawValue)))"
    }

    private func means(_ term: PartyTerm, _ owner: LabelOwner) -> Bool {
        switch term {
        case .owner: false
        case .partner(let partner): partner.rawValue == owner.rawValue
        case .group(let group):
            group.rawValue == owner.rawValue
                || policy.groups[group, default: []].contains(PolicyPartner(owner.rawValue))
        }
    }

    private static func words(_ stated: StatedReleasability) -> String {
        switch stated {
        case .named: "a label that says REL TO"
        case .unstated: "a label that does not say REL TO"
        }
    }

    private func kind(_ partner: PolicyPartner) -> String {
        "\(partner), \(policy.partners[partner]?.kind.rawValue ?? "unknown")"
    }

    private func ceiling(_ partner: PolicyPartner) -> String {
        "\(partner), \(policy.partners[partner].map { policy.ladder.levels[$0.ceiling].rawValue } ?? "unknown")"
    }

    private func readIn(_ partner: PolicyPartner) -> String {
        "\(partner), \(names(policy.partners[partner]?.compartments.sorted() ?? []))"
    }

    private func node(_ node: PolicyNode?) -> String { node?.rawValue ?? "not known" }

    private func accreditation(_ node: PolicyNode?) -> String {
        guard let node, let facts = policy.nodes[node] else { return "not known" }
        return "\(node), \(policy.ladder.levels[facts.accreditation])"
    }

    private func length(_ from: Timestamp?, _ to: Timestamp?) -> String {
        guard let from, let to else { return "not known" }
        return DurationSet.roundedText(to.millisecondsSinceEpoch - from.millisecondsSinceEpoch)
    }

    /// The label's classification, and the common level that it is equivalent to where the words differ.
    var levelOfLabel: String {
        let label = request.label
        let owners = Self.owners(label)
        switch policy.ladder.standing(of: label, at: time) {
        case .unknown, .notInForce: return "unknown"
        case .noLevel: return "no level (\(owners) \(label.classification) has no equivalent)"
        case .rank(let rank):
            let level = policy.ladder.levels[rank]
            guard level != label.classification else { return level.rawValue }
            return label.coOwners.isEmpty
                ? "\(level) (\(owners) \(label.classification) is equivalent to it)"
                : "\(level) (the highest level that \(label.classification) has with one of \(owners))"
        }
    }

    static func dates(_ span: DateSpan) -> String {
        switch (span.from, span.until) {
        case (nil, nil): "any day"
        case (let from?, nil): "days from \(from.date)"
        case (nil, let until?): "days until \(until.date)"
        case (let from?, let until?): "\(from.date) until \(until.date)"
        }
    }

    private func levels(_ ranks: RankSet?) -> String { places(ranks, policy.ladder.levels.map(\.rawValue)) }

    private func places(_ ranks: RankSet?, _ scale: [String]) -> String { ranks?.words(scale) ?? "any" }

    private func carried<Name: CustomStringConvertible>(_ condition: CarriedCondition<Name>?) -> String {
        guard let condition else { return "any" }
        if condition.only == [] { return "none" }
        if condition.isCarried { return "at least one" }
        var parts: [String] = []
        if !condition.any.isEmpty || !condition.excluded.isEmpty {
            parts.append(Self.words(condition.any.map(\.description), condition.excluded.map(\.description)))
        }
        if !condition.all.isEmpty { parts.append("all of \(names(condition.all))") }
        if let only = condition.only { parts.append("no others than \(names(only))") }
        return parts.joined(separator: "; ")
    }

    private func names(_ names: [some CustomStringConvertible]) -> String {
        names.isEmpty ? "none" : names.map(\.description).joined(separator: ", ")
    }

    private func list<Value: CustomStringConvertible>(_ selection: Selection<Value>?) -> String {
        Self.words(selection?.included.map(\.description) ?? [], selection?.excluded.map(\.description) ?? [])
    }

    private func parties(_ selection: Selection<PartyTerm>?) -> String {
        Self.words(selection?.included.map(party) ?? [], selection?.excluded.map(party) ?? [])
    }

    private func party(_ term: PartyTerm) -> String {
        switch term {
        case .owner: "the label's owner (\(Self.owners(request.label)))"
        case .partner(let partner): partner.rawValue
        case .group(let group):
            "\(group) (\(policy.groups[group, default: []].sorted().map(\.rawValue).joined(separator: ", ")))"
        }
    }

    private static func words(_ included: [String], _ excluded: [String]) -> String {
        let any = included.joined(separator: ", ")
        let not = excluded.joined(separator: ", ")
        if excluded.isEmpty { return any }
        return included.isEmpty ? "anything but \(not)" : "\(any), but not \(not)"
    }
}
