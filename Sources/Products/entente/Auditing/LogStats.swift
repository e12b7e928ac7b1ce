import CanonicalEncoding
import Relaying
import SecurityLabels

/// The tally of a log as `entente audit stats` shows it.
struct LogStats {
    /// Nil for a log without entries in the time that is counted.
    let log: String?
    let tally: LogTally

    private typealias Column = ReportDocument.Column

    var document: ReportDocument {
        var document = ReportDocument(title: "Audit log in numbers")
        if let log { document.facts.append(("log", log)) }
        document.facts.append(("entries", entriesText))
        if let first = tally.firstTime, let last = tally.lastTime {
            document.facts.append(("from", QuantityText.time(first)))
            document.facts.append(("to", QuantityText.time(last)))
        }
        if tally.erased > 0 {
            document.facts.append(
                ("erased", "details of \(tally.erased): their labels, rules and, of denials, precedences are not known")
            )
        }
        guard tally.entries > 0 else { return document }
        document.sections = [kinds, decisions, reasons, volume, partners, precedences, time]
        return document
    }

    private var entriesText: String {
        guard let first = tally.firstIndex, let last = tally.lastIndex else { return "0" }
        return "\(tally.entries), of the indices \(first) to \(last)"
    }

    private var kinds: ReportDocument.Section {
        var table = ReportDocument.Table([.text("KIND"), .number("ENTRIES"), .number("SHARE")])
        for (kind, count) in tally.kinds.ranked {
            table.append([kind, "\(count)", Self.share(count, of: tally.entries)])
        }
        return .init(title: "By kind", table: table)
    }

    private var decisions: ReportDocument.Section {
        var table = ReportDocument.Table([
            .text("DECISION"), .number("RECIPIENTS"), .text("BY RULE"), .number("MESSAGES"),
        ])
        let sides: [(String, Int, [MessageWay])] = [
            ("allowed", tally.allowed, [.released, .accepted, .local, .relayed]),
            ("denied", tally.denied, [.deniedSending, .deniedReceiving]),
        ]
        for (decision, count, ways) in sides where count > 0 || ways.contains(where: { tally.ways[$0] != nil }) {
            var rules = NameCounts()
            for way in ways { if let tally = tally.ways[way] { rules.add(tally.rules) } }
            let rows = Self.rows(rules)
            table.append([decision, "\(count)", rows.first?.name ?? "-", rows.first.map { "\($0.count)" } ?? "-"])
            for (rule, count) in rows.dropFirst() { table.append(["", "", rule, "\(count)"]) }
        }
        return .init(title: "Decisions", table: table, empty: "no decision about a message")
    }

    private var reasons: ReportDocument.Section {
        var table = ReportDocument.Table([
            .text("OUTCOME"), .text("REASON"), .number("COUNT"), .text("MEANS", fold: 1),
        ])
        for (outcome, counts) in tally.reasons.sorted(by: { $0.key < $1.key }) {
            for (reason, count) in Self.rows(counts) {
                table.append([outcome, reason, "\(count)", ReasonWords.words(reason) ?? "-"])
            }
        }
        return .init(title: "Reasons", table: table, empty: "nothing was denied, refused or failed")
    }

    private var volume: ReportDocument.Section {
        var table = ReportDocument.Table([.text("MESSAGES"), .number("COUNT"), .number("BODIES")])
        for way in MessageWay.allCases {
            guard let way = tally.ways[way].map({ (way.words, $0) }) else { continue }
            table.append([way.0, "\(way.1.messages)", way.1.sizeText])
        }
        return .init(title: "Volume", table: table, empty: "no messages")
    }

    private var partners: ReportDocument.Section {
        var table = ReportDocument.Table([
            .text("PARTNER"), .number("ENTRIES"), .number("RELEASED TO"), .number("ACCEPTED FROM"), .number("RELAYED"),
            .number("DENIED TO IT", fold: 2), .number("DENIED FROM IT", fold: 3), .number("REFUSED", fold: 1),
        ])
        for partner in partnerRows {
            func messages(_ way: MessageWay) -> String {
                let (count, bytes) = (partner.counts[way.rawValue], partner.counts["\(way.rawValue)-bytes"])
                return bytes > 0 ? "\(count) (\(QuantityText.size(Int64(bytes))))" : Self.number(count)
            }
            table.append([
                partner.name, "\(partner.counts["entries"])", messages(.released), messages(.accepted),
                messages(.relayed), Self.number(partner.deniedTo),
                Self.number(partner.counts[MessageWay.deniedReceiving.rawValue]),
                Self.number(partner.counts["refused"]),
            ])
        }
        return .init(title: "By partner", table: table, empty: "no entry names a partner")
    }

    /// A row for each trust domain, and one for each partner that is known by its code alone.
    var partnerRows: [(name: String, domain: String?, counts: NameCounts, deniedTo: Int)] {
        var rows = tally.domains.map { domain, counts in
            let code = tally.codes[domain]
            let isOwn = log?.hasPrefix("\(domain)/") == true
            let name = code.map { "\($0) (\(domain))" } ?? (isOwn ? "\(domain) (here)" : domain)
            return (
                name: name, domain: Optional(domain), counts: counts, deniedTo: code.map { tally.deniedTo[$0] } ?? 0
            )
        }
        let named = Set(tally.codes.values)
        for (code, count) in tally.deniedTo.counts where !named.contains(code) {
            rows.append((code, nil, NameCounts(), count))
        }
        return rows.sorted { ($1.counts["entries"], $0.name) < ($0.counts["entries"], $1.name) }
    }

    private var precedences: ReportDocument.Section {
        var table = ReportDocument.Table(
            [.text("PRECEDENCE")] + MessageWay.allCases.map { .number($0.words.uppercased()) }
        )
        let names = Precedence.allCases.reversed().map(\.name) + [WayTally.unknown]
        for name in names {
            let counts = MessageWay.allCases.map { tally.ways[$0]?.precedences[name] ?? 0 }
            if counts.contains(where: { $0 > 0 }) { table.append([name] + counts.map(Self.number)) }
        }
        return .init(title: "By precedence", table: table, empty: "no messages")
    }

    private var time: ReportDocument.Section {
        .init(title: "Over time", histogram: TallyDrawing(tally.histogram))
    }

    /// At most thirty, and the sum of the rest.
    static func rows(_ counts: NameCounts, limit: Int = 30) -> [(name: String, count: Int)] {
        let ranked = counts.ranked
        let rest = ranked.dropFirst(limit).reduce(counts.others) { $0 + $1.count }
        return Array(ranked.prefix(limit)) + (rest > 0 ? [("(others)", rest)] : [])
    }

    static func number(_ count: Int) -> String { count == 0 ? "-" : "\(count)" }

    static func share(_ part: Int, of whole: Int) -> String {
        guard whole > 0 else { return "-" }
        let tenths = (part * 1000 + whole / 2) / whole
        return "\(tenths / 10).\(tenths % 10) %"
    }
}

extension MessageWay {
    var words: String {
        switch self {
        case .released: "released"
        case .accepted: "accepted"
        case .local: "within the node"
        case .relayed: "relayed"
        case .deniedSending: "denied here"
        case .deniedReceiving: "denied to others"
        }
    }
}

extension WayTally {
    /// The size of the bodies, with the word that it is not all where it is not.
    var sizeText: String {
        guard sized > 0 else { return "-" }
        let size = QuantityText.size(Int64(bodyBytes))
        return sized == messages ? size : "\(size) in \(sized) of them"
    }
}
