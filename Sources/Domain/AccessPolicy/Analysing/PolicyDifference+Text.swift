public import CanonicalEncoding
import SecurityLabels

extension PolicyDifference {
    /// How many cases in which a flow opens or closes are written out for one group.
    private static let caseLimit = 12

    /// The difference as lines for people: what was changed, then flows that change in the same way together.
    public var text: String {
        guard !isEmpty else { return briefText }
        var lines = [briefText]
        for group in groups {
            lines.append("")
            lines += Self.lines(group.ends)
            lines += Self.lines("opens", group.opens) + Self.lines("closes", group.closes)
        }
        return lines.joined(separator: "\n")
    }

    /// What was changed, and how many flows open and close.
    public var briefText: String {
        guard !isEmpty else { return "the same policy" }
        return (["changed:"] + changes.map { "  \($0)" } + ["", summary]).joined(separator: "\n")
    }

    /// How many flows open and close, in one line.
    public var summary: String {
        guard !groups.isEmpty else { return "no flow opens or closes" }
        func count(_ ends: [End], _ verb: String) -> String {
            "\(ends.isEmpty ? "no flow" : ends.count == 1 ? "1 flow" : "\(ends.count) flows") \(verb)"
        }
        return "\(count(opened, opened.count > 1 ? "open" : "opens")), "
            + "\(count(closed, closed.count > 1 ? "close" : "closes")) in some case"
    }

    /// The same for machines.
    public var json: JSONValue {
        [
            "changes": .array(
                changes.map { change in
                    var members: [String: JSONValue] = [
                        "part": .string(change.part), "change": .string(change.kind.rawValue),
                        "details": .array(
                            change.details.map { detail in
                                ["key": .string(detail.key), "old": detail.old ?? .null, "new": detail.new ?? .null]
                            }
                        ),
                    ]
                    members["name"] = change.name.map { .string($0) }
                    return .object(members)
                }
            ),
            "closed": .integer(Int64(closed.count)),
            "groups": .array(
                groups.map { group in
                    [
                        "closes": .array(group.closes.map(\.json)),
                        "flows": .array(
                            group.ends.map { end in
                                [
                                    "from": .string(end.origin.rawValue), "owner": .string(end.owner.rawValue),
                                    "realm": .string(end.realm.rawValue), "to": .string(end.recipient.rawValue),
                                ]
                            }
                        ),
                        "opens": .array(group.opens.map(\.json)),
                    ]
                }
            ),
            "opened": .integer(Int64(opened.count)),
        ]
    }

    /// The ends in as few lines as senders and recipients with the same owners take.
    private static func lines(_ ends: [End]) -> [String] {
        var lines = FlowLines()
        for end in ends {
            let realm = end.realm == .live ? "" : " in \(end.realm)"
            lines.add(end.origin, "\(end.recipient)\(realm)", end.owner)
        }
        return lines.lines
    }

    private static func lines(_ verb: String, _ cases: [FlowCondition]) -> [String] {
        let lines = cases.prefix(caseLimit).map { "  \(verb): \($0)" }
        return cases.count > caseLimit ? lines + ["  \(verb): and \(cases.count - caseLimit) more cases"] : lines
    }
}
