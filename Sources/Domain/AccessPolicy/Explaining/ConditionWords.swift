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
            Explanation.Miss(subject: subject, covers: covers, got: got)
        }
        switch dimension {
        case .action:
            return miss("action", list(conditions.actions), request.action.rawValue)
        case .owner:
            return miss("label owner", parties(conditions.owners), label.owner.rawValue)
        case .holder:
            return miss("sender", parties(conditions.holders), request.origin.rawValue)
        case .recipient:
            return miss("recipient", parties(conditions.recipients), request.destination.rawValue)
        case .recipientKind:
            let kind = policy.partners[request.destination]?.kind.rawValue ?? "unknown"
            return miss("kind of recipient", list(conditions.recipientKinds), "\(request.destination), \(kind)")
        case .level:
            return miss("level", levels(conditions), levelOfLabel)
        case .compartments:
            return miss("compartments", carried(conditions.compartments), names(label.compartments))
        case .caveats:
            return miss("caveats", carried(conditions.caveats), names(label.caveats))
        case .community:
            return miss("community", list(conditions.communities), label.community?.rawValue ?? "none")
        case .type:
            return miss("message type", list(conditions.types), label.type?.rawValue ?? "none")
        case .precedence:
            return miss("precedence", list(conditions.precedences), request.precedence.name)
        case .realm:
            return miss("realm", list(conditions.realms), request.realm.rawValue)
        case .date:
            return miss("date", Self.dates(conditions.dates), time.date)
        }
    }

    /// The label's classification, and the common level that it is equivalent to where the words differ.
    var levelOfLabel: String {
        let label = request.label
        guard let rank = policy.ladder.rank(of: label.classification, owner: label.owner) else { return "unknown" }
        let level = policy.ladder.levels[rank]
        return level == label.classification
            ? level.rawValue : "\(level) (\(label.owner) \(label.classification) is equivalent to it)"
    }

    static func dates(_ span: DateSpan) -> String {
        switch (span.from, span.until) {
        case (nil, nil): "any day"
        case (let from?, nil): "days from \(from.date)"
        case (nil, let until?): "days until \(until.date)"
        case (let from?, let until?): "\(from.date) until \(until.date)"
        }
    }

    private func levels(_ conditions: Conditions) -> String {
        let above = conditions.aboveRank.map { "above \(policy.ladder.levels[$0])" }
        let upTo = conditions.upToRank.map { "up to \(policy.ladder.levels[$0])" }
        return [above, upTo].compactMap { $0 }.joined(separator: " and ")
    }

    private func carried<Name: CustomStringConvertible>(_ condition: CarriedCondition<Name>?) -> String {
        switch condition {
        case nil, .some(.none): "none"
        case .only(let allowed): "no others than \(names(allowed))"
        case .carries(let selection): list(selection)
        }
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
        case .owner: "the label's owner (\(request.label.owner))"
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
