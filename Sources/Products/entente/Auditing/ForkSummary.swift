import CanonicalEncoding
import RelayStorage
import TransparencyLog

/// Evidence that a log has forked or gone back, as a node or a copy of its database keeps it.
struct ForkSummary: Sendable {
    let number: Int64
    let log: String
    let claim: String
    let detail: String
    let entry: UInt64
    let found: Timestamp
    /// The evidence as it is kept: canonical JSON.
    let evidence: String

    init(_ record: ForkRecord) {
        number = record.number
        log = record.fork.origin.rawValue
        claim = record.fork.claimName
        detail = record.fork.description
        entry = record.entryIndex
        found = record.found
        evidence = String(decoding: record.fork.bytes, as: UTF8.self)
    }

    init(_ fields: AnswerFields) throws(CommandFailure) {
        number = try fields.number("number")
        log = try fields.text("log")
        claim = try fields.text("claim")
        detail = try fields.text("detail")
        entry = try fields.index("entry")
        found = try fields.time("found")
        evidence = try fields.text("evidence")
    }

    var json: JSONValue {
        [
            "number": .integer(number), "log": .string(log), "claim": .string(claim), "detail": .string(detail),
            "entry": .integer(Int64(clamping: entry)), "found": .string(found.rfc3339), "evidence": .string(evidence),
        ]
    }
}
