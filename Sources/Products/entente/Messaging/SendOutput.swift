import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import EntenteClient
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import TransparencyLog

/// What `entente send` prints: the message's id or JSON as data, all else as messages.
struct SendOutput {
    let isJSON: Bool
    let terminal: Terminal

    init(isJSON: Bool, _ terminal: Terminal) {
        self.isJSON = isJSON
        self.terminal = terminal
    }

    /// The decisions of a dry run are its data.
    func dryRun(_ report: DecisionReport) throws {
        if isJSON {
            try terminal.print(
                json: [
                    "decisions": .array(report.verdicts.map(\.json)),
                    "outcome": report.isAllowed ? "allowed" : "denied",
                ]
            )
        } else {
            try report.table.print(on: terminal)
            for line in report.reasons { terminal.message(line) }
        }
        guard report.isAllowed else { throw ExitCode(ExitStatus.denied.rawValue) }
    }

    /// Prints the decisions when there is nobody to send to.
    func nobodyAllowed(_ report: DecisionReport) throws(CommandFailure) -> CommandFailure {
        if isJSON {
            try terminal.print(json: ["decisions": .array(report.verdicts.map(\.json)), "outcome": "denied"])
        }
        describe(report)
        return CommandFailure(
            "policy allows none of the recipients; nothing was sent",
            next: "check label and recipients; the lines above say which rules deny",
            status: .denied
        )
    }

    /// Prints the decisions of a denied message.
    func denied(_ denial: SubmissionDenial) throws(CommandFailure) -> CommandFailure {
        let report = DecisionReport(verdicts: denial.verdicts)
        if isJSON {
            try terminal.print(
                json: [
                    "audit-index": .integer(Int64(denial.auditIndex)),
                    "decisions": .array(denial.verdicts.map(\.json)),
                    "entry": denial.receipt.json,
                    "log": .string(denial.receipt.log.rawValue),
                    "message": .string(denial.message.description),
                    "outcome": "denied",
                ]
            )
        }
        describe(report)
        let someAllowed = denial.verdicts.contains(where: \.isAllowed)
        return CommandFailure(
            "message `\(denial.message)` is denied by policy and nothing was released: audit entry "
                + "\(denial.auditIndex) of log `\(denial.receipt.log)`",
            next: someAllowed
                ? "send it to the allowed recipients with --where-allowed, or correct label and recipients"
                : "correct label or recipients; if they are right, take the audit index to the policy officers",
            status: .denied
        )
    }

    /// Prints the id as data, and all else. The message is on its way by now, so that an id that cannot be printed is
    /// told to the person instead: it must not be lost.
    func sent(
        _ header: MessageHeader,
        _ receipt: SubmissionReceipt,
        leftOut: DecisionReport
    ) throws(CommandFailure) {
        do {
            if isJSON {
                try terminal.print(json: Self.json(header, receipt, leftOut: leftOut))
            } else {
                try terminal.print(header.id.description)
            }
            try terminal.synchronise()
        } catch {
            throw CommandFailure(
                "message `\(header.id)` was sent, but its id could not be printed: \(error.message)",
                next: "keep the id from this line, and do not send the message again",
                status: error.status
            )
        }
        let what = receipt.isDuplicate ? "was sent before" : "sent"
        terminal.message(
            "\(terminal.styled(what, .success, on: .message)) \(header.dateTime.dateTimeGroup) \(header.precedence) "
                + "\(header.label.marking) to \(header.recipients.map(\.description).joined(separator: ", "))"
        )
        for entry in receipt.receipts {
            let to =
                entry.destination.map { "released to \($0), number \(entry.sequence ?? 0)" }
                ?? "in the node's own mailboxes"
            terminal.message("  \(to): audit entry \(entry.index) of log `\(entry.log)`, proven")
        }
        guard !leftOut.verdicts.isEmpty else { return }
        let names = leftOut.verdicts.map(\.recipient.description).joined(separator: ", ")
        terminal.message("\(terminal.styled("left out:", .warning, on: .message)) \(names)")
        for line in leftOut.reasons { terminal.message(line) }
    }

    private func describe(_ report: DecisionReport) {
        for line in report.table.alignedLines(for: terminal, on: .message) { terminal.message(line) }
        for line in report.reasons { terminal.message(line) }
    }

    private static func json(
        _ header: MessageHeader,
        _ receipt: SubmissionReceipt,
        leftOut: DecisionReport
    ) -> JSONValue {
        [
            "date-time": .string(header.dateTime.rfc3339),
            "decisions": .array(receipt.verdicts.map(\.json)),
            "duplicate": .bool(receipt.isDuplicate),
            "entries": .array(
                receipt.receipts.map { entry in
                    var members: [String: JSONValue] = [
                        "index": .integer(Int64(entry.index)), "kind": .string(entry.kind),
                        "log": .string(entry.log.rawValue), "receipt": entry.json,
                    ]
                    members["destination"] = entry.destination.map { .string($0.description) }
                    members["sequence"] = entry.sequence.map { .integer(Int64($0)) }
                    return .object(members)
                }
            ),
            "envelope": .string(receipt.digest.hex),
            "expires": .string(header.expires.rfc3339),
            "left-out": .array(leftOut.verdicts.map(\.json)),
            "marking": .string(header.label.marking),
            "message": .string(header.id.description),
            "outcome": "released",
            "precedence": .string(header.precedence.name),
            "recipients": .array(header.recipients.map { .string($0.description) }),
        ]
    }
}
