public import CanonicalEncoding
import SecurityLabels

extension LabelAudience {
    /// How many cases are written out for one agreement.
    private static let caseLimit = 12

    /// The audience as lines for people: partner by partner, with who may send it by which agreement.
    public var text: String {
        let count = recipients.count
        let who = count == 0 ? "nobody" : count == 1 ? "1 partner" : "\(count) partners"
        var lines = ["\(label.marking), \(PolicyMatrix.text(time)), realm \(realm): \(who) may get it"]
        for recipient in recipients {
            lines += ["", "\(recipient)"] + self.lines(ways.filter { $0.recipient == recipient })
        }
        lines += additions
        if !excluded.isEmpty {
            lines += ["", "nobody may send it to: \(FlowLines.list(excluded))"]
        }
        return lines.joined(separator: "\n")
    }

    private func lines(_ ways: [Way]) -> [String] {
        var order: [[Cover]] = []
        var origins: [[Cover]: [PolicyPartner]] = [:]
        for way in ways where !way.covers.isEmpty {
            if origins[way.covers] == nil { order.append(way.covers) }
            origins[way.covers, default: []].append(way.origin)
        }
        return order.flatMap { covers in
            ["  from \(FlowLines.list(origins[covers, default: []]))"]
                + covers.flatMap { cover in
                    let until = cover.until.map { ", until \($0)" } ?? ""
                    return ["    by \(cover.agreement) (\(cover.reference)\(until))"]
                        + Self.lines(cover.conditions, indent: 6)
                }
        }
    }

    /// What a type or community that the label does not state would open.
    private var additions: [String] {
        var order: [[FlowCondition]] = []
        var groups: [[FlowCondition]: [PolicyPartner: [PolicyPartner]]] = [:]
        for way in ways where !way.withMore.isEmpty {
            if groups[way.withMore] == nil { order.append(way.withMore) }
            groups[way.withMore, default: [:]][way.origin, default: []].append(way.recipient)
        }
        guard !order.isEmpty else { return [] }
        return ["", "with a type or community in the label that it does not state"]
            + order.flatMap { conditions in
                var lines: [[PolicyPartner]: [PolicyPartner]] = [:]
                for (origin, recipients) in groups[conditions, default: [:]] {
                    lines[recipients, default: []].append(origin)
                }
                let ends = lines.map { "  from \(FlowLines.list($1.sorted())) to \(FlowLines.list($0))" }.sorted()
                return ends + Self.lines(conditions, indent: 4)
            }
    }

    private static func lines(_ conditions: [FlowCondition], indent: Int) -> [String] {
        let space = String(repeating: " ", count: indent)
        let lines = conditions.prefix(caseLimit).map { "\(space)\($0)" }
        return conditions.count > caseLimit
            ? lines + ["\(space)and \(conditions.count - caseLimit) more cases"] : lines
    }

    /// The same for machines.
    public var json: JSONValue {
        [
            "at": .string(time.rfc3339),
            "label": .string(label.marking),
            "nobody-may-send-to": .array(excluded.map { .string($0.rawValue) }),
            "realm": .string(realm.rawValue),
            "recipients": .array(recipients.map { .string($0.rawValue) }),
            "ways": .array(
                ways.map { way in
                    [
                        "agreements": .array(
                            way.covers.map { cover in
                                var members: [String: JSONValue] = [
                                    "agreement": .string(cover.agreement.rawValue),
                                    "cases": .array(cover.conditions.map(\.json)),
                                    "reference": .string(cover.reference),
                                ]
                                members["until"] = cover.until.map { .string($0) }
                                return .object(members)
                            }
                        ),
                        "from": .string(way.origin.rawValue),
                        "to": .string(way.recipient.rawValue),
                        "with-more": .array(way.withMore.map(\.json)),
                    ]
                }
            ),
        ]
    }
}
