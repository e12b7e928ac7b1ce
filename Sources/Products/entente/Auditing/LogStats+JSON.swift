import CanonicalEncoding
import Relaying

extension LogStats {
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "decisions": ["allowed": .integer(Int64(tally.allowed)), "denied": .integer(Int64(tally.denied))],
            "entries": .integer(Int64(tally.entries)), "erased": .integer(Int64(tally.erased)),
            "histogram": TallyDrawing(tally.histogram).json, "kinds": tally.kinds.json,
            "messages": .object(
                Dictionary(uniqueKeysWithValues: tally.ways.map { ($0.key.rawValue, $0.value.summary) })
            ),
            "outcomes": tally.outcomes.json,
            "partners": .array(
                partnerRows.map { row in
                    var members = (row.counts.json.objectValue ?? [:])
                    if row.deniedTo > 0 { members["denied-to"] = .integer(Int64(row.deniedTo)) }
                    members["domain"] = row.domain.map { .string($0) }
                    let code = row.domain == nil ? row.name : row.domain.flatMap { tally.codes[$0] }
                    members["code"] = code.map { .string($0) }
                    return .object(members)
                }
            ),
            "reasons": .object(tally.reasons.mapValues(\.json)),
        ]
        members["log"] = log.map { .string($0) }
        members["first-index"] = tally.firstIndex.map { .integer(Int64(clamping: $0)) }
        members["last-index"] = tally.lastIndex.map { .integer(Int64(clamping: $0)) }
        members["from"] = tally.firstTime.map { .string($0.rfc3339) }
        members["to"] = tally.lastTime.map { .string($0.rfc3339) }
        return .object(members)
    }
}

extension TallyDrawing {
    /// The bars with their bounds; periods without entries are left out.
    var json: JSONValue {
        [
            "bars": .array(
                spans.map { span, bar in
                    var members: [String: JSONValue] = [
                        "entries": .integer(Int64(bar.total)), "from": .string(span.lowerBound.rfc3339),
                        "to": .string(span.upperBound.rfc3339),
                    ]
                    for outcome in AuditOutcome.allCases { members[outcome.rawValue] = .integer(Int64(bar[outcome])) }
                    return .object(members)
                }
            ),
            "by": .string(histogram.period.rawValue),
        ]
    }
}

extension WayTally {
    /// What `--json` prints: without the buckets that durations are counted in.
    var summary: JSONValue {
        func speeds(_ speeds: [String: SpeedTally]) -> JSONValue { .object(speeds.mapValues(\.summary)) }
        return [
            "arrival": speeds(arrival), "body-bytes": .integer(Int64(bodyBytes)),
            "classifications": classifications.json,
            "erased": .integer(Int64(erased)), "given-up": givenUp.json, "hand-over": speeds(handOver),
            "handed-over": .integer(Int64(handedOver)), "markings": markings.json,
            "messages": .integer(Int64(messages)), "not-delivered": notDelivered.json,
            "precedences": precedences.json, "receipt": speeds(receipt),
            "receipts-come": .integer(Int64(receiptsCome)), "receipts-due": .integer(Int64(receiptsDue)),
            "rules": rules.json, "sized": .integer(Int64(sized)), "waiting": .integer(Int64(waiting)),
        ]
    }
}

extension SpeedTally {
    var summary: JSONValue {
        var members: [String: JSONValue] = [
            "count": .integer(Int64(durations.count)), "late": .integer(Int64(late)),
            "max-ms": .integer(durations.longest),
        ]
        members["p50-ms"] = durations.percentile(50).map { .integer($0) }
        members["p95-ms"] = durations.percentile(95).map { .integer($0) }
        return .object(members)
    }
}
