public import CanonicalEncoding

extension Explanation {
    /// The explanation as lines for a terminal or a page, without a line feed at the end.
    public var text: String {
        var lines = ["\(outcome == .allowed ? "ALLOWED" : "DENIED")  \(summary)", "  \(circumstances)"]
        for denial in denials { lines.append("  denied by \(denial.rule): \(denial.says)") }
        for cover in agreements {
            let says = cover.says.map { ": \($0)" } ?? ""
            let covered = outcome == .allowed ? "covered" : "would be covered"
            lines.append("  \(covered) by \(cover.rule) (\(Self.reference(cover)))\(says)")
        }
        if outcome == .allowed, agreements.isEmpty {
            lines.append("  no guardrail denies it, and it crosses no border, so that it needs no agreement")
        }
        if lacksAgreement {
            let also = denials.isEmpty ? "" : " either"
            lines.append("  no agreement covers it\(also)\(nearest.isEmpty ? ", and none comes near" : "; nearest:")")
            for near in nearest {
                lines.append("    \(near.rule) (\(near.reference))")
                for miss in near.misses {
                    lines.append("      \(miss.subject): it covers \(miss.covers); this is \(miss.got)")
                }
            }
        }
        for step in advice { lines.append("  next: \(step)") }
        return lines.joined(separator: "\n")
    }

    /// The same as ``text``, for machines.
    public var json: JSONValue {
        .object([
            "outcome": .string(outcome.rawValue),
            "summary": .string(summary),
            "circumstances": .string(circumstances),
            "denials": .array(
                denials.map { .object(["rule": .string($0.rule.rawValue), "says": .string($0.says)]) }
            ),
            "agreements": .array(
                agreements.map { cover in
                    var members: [String: JSONValue] = [
                        "rule": .string(cover.rule.rawValue), "reference": .string(cover.reference),
                    ]
                    members["until"] = cover.until.map { .string($0) }
                    members["says"] = cover.says.map { .string($0) }
                    return .object(members)
                }
            ),
            "lacks-agreement": .bool(lacksAgreement),
            "nearest": .array(
                nearest.map { near in
                    .object([
                        "rule": .string(near.rule.rawValue),
                        "reference": .string(near.reference),
                        "misses": .array(
                            near.misses.map { miss in
                                .object([
                                    "subject": .string(miss.subject), "covers": .string(miss.covers),
                                    "got": .string(miss.got),
                                ])
                            }
                        ),
                    ])
                }
            ),
            "advice": .array(advice.map { .string($0) }),
        ])
    }

    private static func reference(_ cover: Cover) -> String {
        cover.until.map { "\(cover.reference), until \($0)" } ?? cover.reference
    }
}
