import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import Relaying
import SecurityLabels

extension PartnerReport {
    var document: ReportDocument {
        var document = ReportDocument(title: "Use of the agreements with \(partner.text)")
        document.facts = [
            ("log", log ?? "without entries"), ("from", QuantityText.time(time.lowerBound)),
            ("until", QuantityText.time(time.upperBound)), ("made", QuantityText.time(made)),
            ("entries", "\(tally.entries) about the partner"),
        ]
        if case .kept(_, let hash) = policy { document.facts.append(("policy", "\(hash), in force when it was made")) }
        document.sections = [
            use, classifications, precedences, markings, agreements, denials, speed, undelivered, missing, refusals,
            endings, histogram, limits,
        ]
        return document
    }

    private static let ways: [MessageWay] = [.released, .accepted, .relayed, .deniedSending, .deniedReceiving]

    var code: String { partner.code?.rawValue ?? partner.domain?.rawValue ?? "-" }

    func words(_ way: MessageWay) -> String {
        switch way {
        case .released: "released to \(code)"
        case .accepted: "accepted from \(code)"
        case .relayed: "relayed from or to \(code)"
        case .deniedSending: "denied to \(code)"
        case .deniedReceiving: "denied from \(code)"
        case .local: way.words
        }
    }

    private var use: ReportDocument.Section {
        var table = ReportDocument.Table([
            .text("MESSAGES"), .number("COUNT"), .number("BODIES"), .number("HANDED OVER"), .number("WAITING", fold: 3),
            .number("GIVEN UP"), .number("RECEIPTS", fold: 1), .number("RECEIPTS MISSING", fold: 2),
        ])
        for way in Self.ways {
            guard let tally = tally.ways[way] else { continue }
            let isOnward = way == .released || way == .relayed
            let hasReceipts = way == .released || way == .accepted
            table.append([
                words(way), "\(tally.messages)", tally.sizeText, isOnward ? "\(tally.handedOver)" : "-",
                LogStats.number(tally.waiting), LogStats.number(tally.givenUp.total),
                hasReceipts ? "\(tally.receiptsCome)" : "-",
                hasReceipts ? LogStats.number(tally.receiptsDue - tally.receiptsCome) : "-",
            ])
        }
        return .init(title: "Use", table: table, empty: "no message went either way")
    }

    /// A row for each name, with a column for each way.
    private func table(
        _ heading: String,
        _ names: [String]? = nil,
        limit: Int = 30,
        _ counts: (WayTally) -> NameCounts
    ) -> ReportDocument.Table {
        var all = NameCounts()
        for tally in tally.ways.values { all.add(counts(tally)) }
        let rows = names ?? LogStats.rows(all, limit: limit).map(\.name)
        let ways = Self.ways.filter { tally.ways[$0] != nil }
        var table = ReportDocument.Table([.text(heading)] + ways.map { .number(words($0).uppercased()) })
        for row in rows {
            let cells = ways.map { tally.ways[$0].map(counts)?[row] ?? 0 }
            if cells.contains(where: { $0 > 0 }) { table.append([row] + cells.map(LogStats.number)) }
        }
        return table
    }

    private var classifications: ReportDocument.Section {
        .init(title: "By classification", table: table("CLASSIFICATION") { $0.classifications }, empty: "none is known")
    }

    private var precedences: ReportDocument.Section {
        let names = Precedence.allCases.reversed().map(\.name) + [WayTally.unknown]
        return .init(
            title: "By precedence",
            table: table("PRECEDENCE", names) { $0.precedences },
            empty: "none is known"
        )
    }

    private var markings: ReportDocument.Section {
        var section = ReportDocument.Section(title: "By marking", table: table("MARKING", limit: 20) { $0.markings })
        section.empty = "none is known"
        let count = Set(tally.ways.values.flatMap { $0.markings.counts.keys }).count
        if count > 20 { section.note = "The twenty most frequent of \(count)." }
        return section
    }

    private var agreements: ReportDocument.Section {
        var table = ReportDocument.Table([
            .text("AGREEMENT"), .number("RELEASED"), .number("ACCEPTED"), .number("RELAYED"),
            .text("REFERENCE", fold: 2), .text("UNTIL", fold: 3), .text("REVIEW BY", fold: 1),
        ])
        var used = NameCounts()
        for way in [MessageWay.released, .accepted, .relayed] {
            if let tally = tally.ways[way] { used.add(tally.rules) }
        }
        for (rule, _) in LogStats.rows(used) {
            var facts = ["-", "-", "-"]
            if case .kept(let policy, _) = policy {
                if let agreement = policy.agreements.first(where: { $0.name.rawValue == rule }) {
                    facts = [
                        agreement.reference, agreement.conditions.dates.until?.date ?? "-", agreement.review.date,
                    ]
                } else {
                    facts[0] = "not in the policy in force"
                }
            }
            let counts = [MessageWay.released, .accepted, .relayed].map { tally.ways[$0]?.rules[rule] ?? 0 }
            table.append([rule] + counts.map(LogStats.number) + facts)
        }
        return .init(title: "Agreements used", table: table, empty: "no message rested on an agreement")
    }

    private var denials: ReportDocument.Section {
        var table = ReportDocument.Table([.text("DENIED"), .text("REASON"), .number("COUNT"), .text("MEANS", fold: 1)])
        for way in [MessageWay.deniedSending, .deniedReceiving] {
            guard let rules = tally.ways[way]?.rules else { continue }
            for (reason, count) in LogStats.rows(rules) {
                table.append([words(way), reason, "\(count)", words(reason)])
            }
        }
        return .init(title: "Denials", table: table, empty: "nothing was denied")
    }

    private var histogram: ReportDocument.Section {
        let drawing = TallyDrawing(tally.histogram)
        guard !drawing.isEmpty, drawing.periods <= TallyDrawing.largestCount else {
            return .init(title: "Over time", empty: drawing.isEmpty ? "no entry" : "too long a time for a picture")
        }
        return .init(title: "Over time", histogram: drawing)
    }

    private var limits: ReportDocument.Section {
        .init(title: "What this does not say", sentences: unsaid)
    }
}
