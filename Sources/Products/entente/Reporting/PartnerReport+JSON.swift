import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import Relaying
import SecurityLabels

extension PartnerReport {
    /// What the log cannot say about the partner in this time, in sentences.
    var unsaid: [String] {
        var sentences = [
            "It counts what the log says. That nobody has changed it since, `entente audit verify` proves."
        ]
        if tally.erased > 0 {
            sentences.append(
                "Details of \(tally.erased) of the entries are erased: their labels, agreements and recipients are not "
                    + "known, nor the precedence of denials among them."
            )
        }
        if tally.unattributed > 0 {
            sentences.append(
                partner.code == nil
                    ? "No entry says by which code \(partner.text) is known: of \(tally.unattributed) denials of messages "
                        + "from here it cannot be told whether they were for it."
                    : "Of \(tally.unattributed) denials of messages from here the details are erased: whether they were for "
                        + "\(partner.text) cannot be told."
            )
        }
        if partner.domain == nil {
            sentences.append("No entry names a node of \(partner.text): only what was denied to it is counted.")
        }
        if !tally.nameless.isEmpty {
            sentences.append(
                "Refused before anybody had proven who was calling, so that it cannot be told whose they were: "
                    + tally.nameless.ranked.map { "\($0.name) \($0.count)" }.joined(separator: ", ") + "."
            )
        }
        if alarms == nil {
            sentences.append(
                "A copied log does not say when the certificates and sheets of the partner end: ask the node itself."
            )
        }
        if case .missing(let reason) = policy {
            sentences.append("What agreements end cannot be said: \(reason).")
        }
        sentences.append("What became of each message is as of when this was made, not as of the end of the time.")
        return sentences
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "denials": .object([
                "receiving": reasons(tally.ways[.deniedReceiving]?.rules),
                "sending": reasons(tally.ways[.deniedSending]?.rules),
            ]),
            "entries": .integer(Int64(tally.entries)), "erased": .integer(Int64(tally.erased)),
            "expiring": .array(
                expiring.map { item in
                    [
                        "day": .string(item.day.date), "days-left": .integer(item.daysLeft(from: made)),
                        "kind": .string(item.kind), "name": .string(item.name),
                    ]
                }
            ),
            "from": .string(time.lowerBound.rfc3339), "gaps": .array(gaps.map(\.json)),
            "histogram": TallyDrawing(tally.histogram).json, "made": .string(made.rfc3339),
            "messages": .object(
                Dictionary(uniqueKeysWithValues: tally.ways.map { ($0.key.rawValue, $0.value.summary) })
            ),
            "nameless-refusals": tally.nameless.json, "partner": partner.json,
            "refused": reasons(tally.reasons[AuditOutcome.refused.rawValue]),
            "targets-ms": .object(Self.targets), "unattributed": .integer(Int64(tally.unattributed)),
            "unsaid": .array(unsaid.map { .string($0) }), "until": .string(time.upperBound.rfc3339),
        ]
        members["log"] = log.map { .string($0) }
        members["alarms"] = alarms.map { alarms in
            .array(alarms.map { ["code": .string($0.code), "detail": .string($0.detail)] })
        }
        if case .kept(_, let hash) = policy { members["policy"] = .string(hash.hex) }
        return .object(members)
    }

    private static let targets = Dictionary(
        uniqueKeysWithValues: Precedence.allCases.compactMap { precedence in
            precedence.deliveryTarget.map { (precedence.name, JSONValue.integer($0)) }
        }
    )

    private func reasons(_ counts: NameCounts?) -> JSONValue {
        .array(
            (counts ?? NameCounts()).ranked.map { reason, count in
                ["count": .integer(Int64(count)), "means": .string(words(reason)), "reason": .string(reason)]
            }
        )
    }
}
