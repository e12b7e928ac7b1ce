import CanonicalEncoding

extension StatusReport {
    /// The report for people.
    func lines(for terminal: Terminal) -> [String] {
        var lines = facts.lines()
        for table in [alarmTable, linkTable, mailboxTable, holdTable, witnessing?.table, forkTable].compactMap({ $0 })
        where !table.rows.isEmpty {
            lines.append("")
            lines += table.lines(for: terminal)
        }
        return lines
    }

    private var facts: FactList {
        var facts = FactList()
        facts.add("node", node)
        facts.add("partner", partner)
        facts.add("realm", realm)
        facts.add("endpoint", endpoint)
        facts.add("policy", policy)
        facts.add("directory", directory)
        facts.add("log", "\(logSize) entries, checkpoint of \(QuantityText.time(checkpointTime))")
        facts.add("root", root)
        facts.add("witnessed", witnessing?.words)
        facts.add("log key", logKey)
        facts.add(
            "storage",
            "database \(QuantityText.size(databaseSize)), write-ahead log \(QuantityText.size(writeAheadLogSize))"
                + (availableSize.map { ", \(QuantityText.size($0)) free" } ?? "")
        )
        return facts
    }

    /// What somebody has to look at; above all else.
    private var alarmTable: TextTable {
        var table = TextTable([.init("ALARM"), .init("PARTNER"), .init("DETAIL")])
        for alarm in alarms {
            table.append([.init(alarm.code, .failure), .init(alarm.partner ?? "-"), .init(alarm.detail)])
        }
        return table
    }

    /// Each next hop with what waits for it, the most urgent first.
    private var linkTable: TextTable {
        var table = TextTable([
            .init("NEXT HOP"), .init("LINK", fold: 2), .init("PRECEDENCE"), .init("WAITING", .right),
            .init("SIZE", .right),
            .init("OLDEST", .right), .init("LAST ERROR", fold: 1),
        ])
        let linked = Dictionary(links.map { ($0.nextHop, $0) }) { first, _ in first }
        let names = Set(links.map(\.nextHop)).union(queues.map(\.nextHop)).sorted()
        for name in names {
            let (state, style) = words(for: linked[name])
            let waiting = queues.filter { $0.nextHop == name }
            let error = TextTable.Cell(linked[name]?.lastError ?? "-")
            let hop = TextTable.Cell(QuantityText.identity(name))
            if waiting.isEmpty {
                table.append([hop, .init(state, style), .init("-"), .init("0"), .init("-"), .init("-"), error])
            }
            for queue in waiting {
                table.append([
                    hop, .init(state, style), .init(queue.precedence), .init("\(queue.count)"),
                    .init(QuantityText.size(queue.size)),
                    .init(QuantityText.duration(from: queue.oldestAccepted, to: time)), error,
                ])
            }
        }
        return table
    }

    private func words(for link: Link?) -> (String, Terminal.Style?) {
        guard let link else { return ("unknown", .warning) }
        return (link.words(at: time), link.failures > 0 ? .failure : .success)
    }

    /// What must not be erased.
    private var holdTable: TextTable {
        var table = TextTable([.init("HOLD", .right), .init("KEEPS"), .init("AUTHORITY"), .init("REASON")])
        for hold in holds {
            table.append(["\(hold.entry)", hold.message ?? "entries", hold.authority, hold.reason])
        }
        return table
    }

    private var mailboxTable: TextTable {
        var table = TextTable([.init("MAILBOX"), .init("MESSAGES", .right), .init("WITHOUT RECEIPT", .right)])
        for mailbox in mailboxes { table.append([mailbox.name, "\(mailbox.count)", "\(mailbox.unreceipted)"]) }
        return table
    }
}
