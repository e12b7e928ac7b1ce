import AccessPolicy
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
                guard let explanation = step.explanation else { continue }
                lines.append("\(verdict.recipient): \(PrintableText.line(explanation.summary))")
                lines += explanation.reasons.map { PrintableText.line("  \($0)") }
            }
        }
        return lines
    }
}
