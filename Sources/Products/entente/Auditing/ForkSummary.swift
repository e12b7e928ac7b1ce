import CanonicalEncoding
import RelayStorage
import Relaying
import TransparencyLog

/// Evidence that a log has forked or gone back, as a node or a copy of its database keeps it.
struct ForkSummary: Sendable {
    /// An operator's word that the matter is dealt with.
    struct Acknowledgement: Sendable {
        let entry: UInt64
        let time: Timestamp
        let authority: String
        let reason: String
        let persons: [JSONValue]
    }

    let number: Int64
    let log: String
    let claim: String
    let detail: String
    let entry: UInt64
    let found: Timestamp
    /// Nil as long as it is alarmed.
    let acknowledgement: Acknowledgement?
    /// The evidence as it is kept: canonical JSON.
    let evidence: String

    init(_ record: ForkRecord) {
        number = record.number
        log = record.fork.origin.rawValue
        claim = record.fork.claimName
        detail = record.fork.description
        entry = record.entryIndex
        found = record.found
        acknowledgement = record.acknowledgement.map(Acknowledgement.init)
        evidence = String(decoding: record.fork.bytes, as: UTF8.self)
    }

    init(_ fields: AnswerFields) throws(CommandFailure) {
        number = try fields.number("number")
        log = try fields.text("log")
        claim = try fields.text("claim")
        detail = try fields.text("detail")
        entry = try fields.index("entry")
        found = try fields.time("found")
        acknowledgement = try fields.optionalObject("acknowledged", "the acknowledgement").map(Acknowledgement.init)
        evidence = try fields.text("evidence")
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "number": .integer(number), "log": .string(log), "claim": .string(claim), "detail": .string(detail),
            "entry": .integer(Int64(clamping: entry)), "found": .string(found.rfc3339), "evidence": .string(evidence),
        ]
        members["acknowledged"] = acknowledgement?.json
        return .object(members)
    }
}

extension ForkSummary.Acknowledgement {
    init(_ acknowledged: AcknowledgedFork) {
        entry = acknowledged.index
        time = acknowledged.time
        authority = acknowledged.acknowledgement.authority
        reason = acknowledged.acknowledgement.reason
        persons = acknowledged.acknowledgement.persons
    }

    init(_ fields: AnswerFields) throws(CommandFailure) {
        entry = try fields.index("entry")
        time = try fields.time("time")
        authority = try fields.text("authority")
        reason = try fields.text("reason")
        persons = try fields.json("persons").arrayValue ?? []
    }

    fileprivate var json: JSONValue {
        [
            "authority": .string(authority), "entry": .integer(Int64(clamping: entry)), "persons": .array(persons),
            "reason": .string(reason), "time": .string(time.rfc3339),
        ]
    }
}
