extension Explanation {
    /// The explanation as lines for a terminal or a page, without a line feed at the end.
    public var text: String {
        let heading = ["\(outcome == .allowed ? "ALLOWED" : "DENIED")  \(summary)", "  \(circumstances)"]
        return (heading + reasons.map { "  \($0)" }).joined(separator: "\n")
    }

    /// What denied or covered it, how near the nearest agreements come, and what to do: the lines of ``text`` under the
    /// sentence that says what was asked.
    public var reasons: [String] {
        var lines: [String] = []
        for denial in denials {
            lines.append("denied by \(denial.rule): \(denial.says)")
            for fact in denial.unknown { lines.append("  \(fact)") }
        }
        for cover in agreements {
            let says = cover.says.map { ": \($0)" } ?? ""
            let covered = outcome == .allowed ? "covered" : "would be covered"
            lines.append("\(covered) by \(cover.rule) (\(Self.reference(cover)))\(says)")
        }
        if outcome == .allowed, agreements.isEmpty {
            lines.append("no guardrail denies it, and it crosses no border, so that it needs no agreement")
        }
        if lacksAgreement {
            let also = denials.isEmpty ? "" : " either"
            lines.append("no agreement covers it\(also)\(nearest.isEmpty ? ", and none comes near" : "; nearest:")")
            for near in nearest {
                lines.append("  \(near.rule) (\(near.reference))")
                for miss in near.misses {
                    lines.append("    \(miss.subject): it covers \(miss.covers); this is \(miss.got)")
                }
            }
        }
        for step in advice { lines.append("next: \(step)") }
        return lines
    }

    private static func reference(_ cover: Cover) -> String {
        cover.until.map { "\(cover.reference), until \($0)" } ?? cover.reference
    }
}
