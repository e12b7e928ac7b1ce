import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import Relaying
import SecurityLabels

/// How the service was: how fast, what failed, what is missing, and what ends soon.
extension PartnerReport {
    var speed: ReportDocument.Section {
        var table = ReportDocument.Table([
            .text("FROM TAKING ON TO"), .text("PRECEDENCE"), .text("TARGET", fold: 2), .number("COUNT"), .number("P50"),
            .number("P95"), .number("MAX"), .number("LATE", fold: 1),
        ])
        let sides: [(String, MessageWay, KeyPath<WayTally, [String: SpeedTally]>)] = [
            ("the next hop's custody, released", .released, \.handOver),
            ("\(code)'s custody behind a hub, released", .released, \.arrival),
            ("\(code)'s receipt, released", .released, \.receipt),
            ("the next hop's custody, relayed", .relayed, \.handOver),
            ("the destination's custody behind a hub, relayed", .relayed, \.arrival),
            ("our mailbox's receipt, accepted", .accepted, \.receipt),
        ]
        for (words, way, speeds) in sides {
            for precedence in Precedence.allCases.reversed() {
                guard let speed = tally.ways[way]?[keyPath: speeds][precedence.name] else { continue }
                let durations = speed.durations
                let percentiles = [50, 95].map { percent in
                    durations.percentile(percent).map { QuantityText.duration(milliseconds: $0) } ?? "-"
                }
                table.append(
                    [
                        words, precedence.name,
                        precedence.deliveryTarget.map(Self.target) ?? "none",
                        "\(durations.count)",
                    ] + percentiles
                        + [QuantityText.duration(milliseconds: durations.longest), LogStats.number(speed.late)]
                )
            }
        }
        return .init(
            title: "Speed of service",
            note: "A receipt is signed when somebody opens the message, so that its time holds theirs too. "
                + "Custody behind a hub is reckoned by the destination's clock.",
            table: table,
            empty: "nothing was handed over or receipted"
        )
    }

    /// A target in its own unit: `10 min`, `3 h`.
    private static func target(_ milliseconds: Int64) -> String {
        let minutes = milliseconds / 60_000
        return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h"
    }

    var undelivered: ReportDocument.Section {
        var table = ReportDocument.Table([
            .text("MESSAGES"), .text("REASON"), .number("COUNT"), .text("MEANS", fold: 1),
        ])
        for way in [MessageWay.released, .relayed] {
            guard let tally = tally.ways[way] else { continue }
            for (words, counts) in [("given up", tally.givenUp), ("reported as not delivered", tally.notDelivered)] {
                for (reason, count) in LogStats.rows(counts) {
                    table.append(["\(self.words(way)), \(words)", reason, "\(count)", self.words(reason)])
                }
            }
        }
        return .init(title: "Expired and not delivered", table: table, empty: "nothing was given up")
    }

    var missing: ReportDocument.Section {
        var table = ReportDocument.Table([
            .text("STREAM FROM"), .text("NUMBERS"), .text("STATE"), .text("SINCE"), .number("ENTRY"),
            .text("HOW", fold: 1),
        ])
        for gap in gaps {
            table.append([
                QuantityText.identity(gap.origin.description), NumberRanges.text([gap.numbers]), gap.state,
                gap.noticed.rfc3339, (gap.closed ?? gap.opened).map { "\($0)" } ?? "-", gap.ended ?? gap.word ?? "-",
            ])
        }
        return .init(title: "Gaps", table: table, empty: "nothing that \(code) released to this node is missing")
    }

    var refusals: ReportDocument.Section {
        var table = ReportDocument.Table([.text("REASON"), .number("COUNT"), .text("MEANS", fold: 1)])
        for outcome in [AuditOutcome.refused, .failed] {
            for (reason, count) in LogStats.rows(tally.reasons[outcome.rawValue] ?? NameCounts()) {
                table.append([reason, "\(count)", words(reason)])
            }
        }
        return .init(
            title: "Refusals and failures",
            note: "Requests, handshakes and sheets of \(code) that were refused, and what failed on its way.",
            table: table,
            empty: "none"
        )
    }

    var endings: ReportDocument.Section {
        var table = ReportDocument.Table([
            .text("WHAT"), .text("NAME"), .text("DAY"), .text("LEFT"), .text("NOTE", fold: 1),
        ])
        if case .kept(let policy, _) = policy {
            for item in expiring {
                let left = item.daysLeft(from: made)
                table.append([
                    item.kind, item.name, item.day.date, left < 0 ? "overdue" : "\(left) d",
                    item.reference(policy) ?? "-",
                ])
            }
        }
        for alarm in alarms ?? [] { table.append(["alarm", alarm.code, "-", "-", alarm.detail]) }
        return .init(
            title: "What ends soon",
            note: "Within \(Self.lookAhead) days of \(made.date), by the policy in force; alarms are the node's own.",
            table: table,
            empty: "nothing that is known"
        )
    }
}
