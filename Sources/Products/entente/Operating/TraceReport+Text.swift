import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import Relaying

extension TraceReport {
    /// The report for people: the message, its way to each destination, what came back, and the log's entries.
    func lines(for terminal: Terminal) -> [String] {
        var facts = FactList()
        facts.add("message", message)
        var lines = facts.lines()
        if messages.isEmpty {
            lines += ["", terminal.styled("this node has not taken the message on", .warning)]
        }
        for message in messages { lines += [""] + self.lines(of: message, for: terminal) }
        return lines + [""] + entryTable.lines(for: terminal)
    }

    private func lines(of message: Message, for terminal: Terminal) -> [String] {
        var facts = FactList()
        facts.add("originator", message.originator)
        facts.add("precedence", message.precedence)
        facts.add("accepted", "\(QuantityText.time(message.accepted))\(acceptingEntry(of: message))")
        facts.add("expires", QuantityText.time(message.expires))
        facts.add("envelope", message.envelope)
        var lines = facts.lines()
        for transfer in message.transfers { lines += [""] + self.lines(of: transfer, in: message, for: terminal) }
        if !message.mailboxes.isEmpty { lines.append("") }
        for mailbox in message.mailboxes {
            let receipt = mailbox.isReceipted ? "its delivery receipt is signed" : "no delivery receipt yet"
            lines.append(
                PrintableText.line(
                    "in mailbox \(mailbox.name) as number \(mailbox.sequence) since \(mailbox.received.rfc3339); \(receipt)"
                )
            )
        }
        if !message.receipts.isEmpty || !message.nonDeliveries.isEmpty { lines.append("") }
        for receipt in message.receipts {
            let text = PrintableText.line(
                "delivered to \(receipt.recipient): receipt at \(receipt.received.rfc3339), "
                    + "\(QuantityText.duration(from: message.accepted, to: receipt.received)) after acceptance; "
                    + "entry \(receipt.entry), \(words(forEntry: receipt.entry))"
            )
            lines.append(terminal.styled(text, .success))
            if let release = receipt.release { lines.append(indented("its node has released the receipt", release)) }
        }
        for report in message.nonDeliveries {
            let text = PrintableText.line(
                "not delivered to \(QuantityText.identity(report.destination)): \(report.reason), "
                    + "known since \(report.received.rfc3339); entry \(report.entry), \(words(forEntry: report.entry))"
            )
            lines.append(terminal.styled(text, .failure))
            // Of what this node has given up itself, the refusal stands with the transfer.
            guard let refusal = report.refusal, !message.transfers.contains(where: { $0.closingEntry == report.entry })
            else { continue }
            lines.append(indented("signed refusal", refusal))
        }
        return lines
    }

    private func lines(of transfer: Transfer, in message: Message, for terminal: Terminal) -> [String] {
        let entry = entries.first { $0.logged.index == transfer.entry }
        var facts = FactList()
        if let entry = entry?.logged.entry {
            let verb = entry.kind == .relay ? "relayed" : "released"
            let number = entry.sequence.map { ", number \($0) of the stream" } ?? ""
            facts.add(verb, "\(entry.time.rfc3339), entry \(entry.index)\(number), \(words(forEntry: entry.index))")
        } else {
            facts.add("released", "entry \(transfer.entry)")
        }
        facts.add("next hop", QuantityText.identity(transfer.nextHop))
        facts.add("state", words(for: transfer))
        if transfer.state == "queued", let link = links.first(where: { $0.nextHop == transfer.nextHop }) {
            let error = link.lastError.map { ": \($0)" } ?? ""
            facts.add("link", link.failures > 0 ? link.words(at: time) + error : "ok")
        }
        let start = entry?.logged.entry.time ?? message.accepted
        for custody in [transfer.custody].compactMap(\.self) + transfer.onwardCustody {
            facts.add(
                "custody",
                "\(custody.time.rfc3339), \(QuantityText.duration(from: start, to: custody.time)) later; "
                    + words(for: custody)
            )
        }
        if let refusal = transfer.refusal {
            facts.add("signed refusal", "\(refusal.time.rfc3339); \(words(for: refusal))")
        } else if transfer.state == "void", !isExpired(transfer) {
            facts.add("signed refusal", "none")
        }
        let heading = PrintableText.line("\(transfer.object) to \(QuantityText.identity(transfer.destination))")
        return [terminal.styled(heading, .emphasis)] + facts.lines(indentedBy: 2)
    }

    /// An entry of another log under the line that it proves.
    private func indented(_ name: String, _ other: OtherEntry) -> String {
        PrintableText.line("  \(name): \(other.time.rfc3339); \(words(for: other))")
    }

    private func words(for other: OtherEntry) -> String {
        "entry \(other.index) of \(other.log), \(words(for: other.proof))"
    }

    /// Whether nobody has refused it: its time was over.
    private func isExpired(_ transfer: Transfer) -> Bool {
        let closing = transfer.closingEntry.flatMap { index in entries.first { $0.logged.index == index } }
        return closing?.logged.entry.reasons == [EnvelopeError.Code.expired.rawValue]
    }

    private func words(for transfer: Transfer) -> String {
        let attempts = transfer.attempts == 1 ? "1 failed attempt" : "\(transfer.attempts) failed attempts"
        let error = transfer.lastError.map { ": \($0)" } ?? ""
        switch transfer.state {
        case "queued" where transfer.attempts == 0: return "waiting"
        case "queued": return "waiting after \(attempts), next try at \(transfer.due.rfc3339)\(error)"
        case "transferred":
            return transfer.attempts == 0 ? "handed over" : "handed over after \(attempts)"
        case "void":
            let closing = transfer.closingEntry.flatMap { index in entries.first { $0.logged.index == index } }
            let reasons = closing?.logged.entry.reasons.joined(separator: ", ") ?? "no reason known"
            let place = transfer.closingEntry.map { ", entry \($0)" } ?? ""
            let tries = transfer.attempts == 0 ? "" : ", after \(attempts)\(error)"
            let holders = transfer.onwardCustody.isEmpty ? "" : "; it has been taken over all the same"
            return "given up: \(reasons)\(place)\(tries)\(holders)"
        default: return transfer.state
        }
    }

    private func acceptingEntry(of message: Message) -> String {
        let first = entries.first { $0.logged.entry.envelope?.hex == message.envelope }
        return first.map { ", entry \($0.logged.index), \(words(for: $0.proof))" } ?? ""
    }

    private func words(forEntry index: UInt64) -> String {
        entries.first { $0.logged.index == index }.map { words(for: $0.proof) } ?? "not in this trace"
    }

    private func words(for proof: ProofState) -> String {
        switch proof {
        case .proven(let size, let witnessing): "proven in the tree of \(size)\(words(for: witnessing))"
        case .broken(let detail): "PROOF BROKEN: \(detail)"
        }
    }

    private func words(for witnessing: Witnessing) -> String {
        switch witnessing {
        case .unknown: ""
        case .provisional(let count, let quorum?): ", provisional: \(count) of \(quorum) cosignatures"
        case .provisional(_, nil): ", provisional"
        case .witnessed(let names): ", witnessed by \(names.joined(separator: " and "))"
        case .forked: ", FORKED: its log has signed another history"
        case .ended: ", never witnessed: its log has ended"
        }
    }

    /// The entries of one message, with times to the millisecond: what took long is what one looks for here.
    private var entryTable: TextTable {
        var table = TextTable([
            .init("INDEX", .right), .init("TIME"), .init("KIND"), .init("OUTCOME"), .init("PEER", fold: 2),
            .init("REASONS", fold: 1),
        ])
        for entry in entries.map(\.logged.entry) {
            table.append([
                .init("\(entry.index)"), .init(entry.time.rfc3339), .init(entry.kind.rawValue),
                .init(entry.outcome.rawValue, entry.outcome.style),
                .init(entry.peer.map { QuantityText.identity($0.description) } ?? "-"),
                .init(entry.reasons.isEmpty ? "-" : entry.reasons.joined(separator: ", ")),
            ])
        }
        return table
    }
}
