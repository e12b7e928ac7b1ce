import SecurityLabels

extension PolicyDifference {
    /// How many ways in which a flow opens or closes are written out for one group.
    private static let changeLimit = 12

    /// The difference as lines for people: flows that change in the same way together, the most first.
    public var text: String {
        guard !isEmpty else { return "no flow opens or closes" }
        return groups.map { group in
            (Self.lines(group.ends) + Self.lines("opens", group.opens) + Self.lines("closes", group.closes))
                .joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// The ends in as few lines as senders and recipients with the same owners take.
    private static func lines(_ ends: [End]) -> [String] {
        struct Way: Hashable {
            let origin: PolicyPartner
            let place: String
        }
        struct Fan: Hashable {
            let owners: [LabelOwner]
            let places: [String]
        }
        var owners: [Way: [LabelOwner]] = [:]
        for end in ends {
            let realm = end.realm == .live ? "" : " in \(end.realm)"
            let place = (end.mailbox?.description ?? end.recipient.rawValue) + realm
            owners[Way(origin: end.origin, place: place), default: []].append(end.owner)
        }
        var fans: [PolicyPartner: [[LabelOwner]: [String]]] = [:]
        for (way, owners) in owners { fans[way.origin, default: [:]][owners.sorted(), default: []].append(way.place) }
        var origins: [Fan: [PolicyPartner]] = [:]
        for (origin, recipients) in fans {
            for (owners, places) in recipients {
                origins[Fan(owners: owners, places: places.sorted()), default: []].append(origin)
            }
        }
        return origins.map { fan, origins in
            "from \(list(origins.sorted())) to \(list(fan.places)), information of \(list(fan.owners))"
        }.sorted()
    }

    private static func lines(_ verb: String, _ changes: [Change]) -> [String] {
        var lines = changes.prefix(changeLimit).map { change in
            let facts = change.facts.map { fact in
                switch fact.values {
                case ["with"], ["without"]: "\(fact.values[0]) \(fact.subject)"
                default: "\(fact.subject) \(list(fact.values))"
                }
            }
            return "  \(verb): \(facts.isEmpty ? "everything" : facts.joined(separator: "; "))"
        }
        if changes.count > changeLimit { lines.append("  \(verb): and \(changes.count - changeLimit) more") }
        return lines
    }

    private static func list(_ names: [some CustomStringConvertible]) -> String {
        names.map(\.description).joined(separator: ", ")
    }
}
