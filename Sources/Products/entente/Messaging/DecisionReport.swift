import CoalitionDirectory
import EntenteClient

/// The decisions on a message for a person to read: who may get it, and in words why the others may not.
struct DecisionReport {
    let verdicts: [RecipientVerdict]

    var isAllowed: Bool { verdicts.allSatisfy(\.isAllowed) }

    /// A row per recipient.
    var table: TextTable {
        var table = TextTable([.init("RECIPIENT"), .init("DECISION"), .init("RULES", fold: 1)])
        for verdict in verdicts {
            table.append([
                .init(verdict.recipient.description),
                verdict.isAllowed ? .init("allowed", .success) : .init("denied", .failure),
                .init(verdict.rules.joined(separator: ", ")),
            ])
        }
        return table
    }

    /// For each denied recipient what was asked, what denies it, how near the nearest agreement comes, and what to do.
    var reasons: [String] {
        var lines: [String] = []
        for verdict in verdicts where !verdict.isAllowed {
            for step in verdict.steps where !step.isAllowed {
                lines.append("\(verdict.recipient): \(PrintableText.line(step.summary))")
                for denial in step.denials {
                    lines.append(PrintableText.line("  denied by \(denial.rule): \(denial.says)"))
                }
                if step.lacksAgreement {
                    lines.append("  no agreement covers it\(step.nearest.isEmpty ? "" : "; nearest:")")
                }
                for near in step.nearest {
                    lines.append(PrintableText.line("    \(near.rule) (\(near.reference))"))
                    for miss in near.misses { lines.append(PrintableText.line("      \(miss)")) }
                }
                for advice in step.advice { lines.append(PrintableText.line("  next: \(advice)")) }
            }
        }
        return lines
    }
}
