import AccessPolicy
import CanonicalEncoding
import RelayStorage
import Relaying
import TransparencyLog

/// An entry of a log, from a node or from a copied database.
struct LogEntry: Sendable {
    let entry: AuditEntry
    /// The exact bytes that the log hashes.
    let bytes: [UInt8]
    /// What the entry commits to; nil once erased.
    let details: AuditDetails?

    var index: UInt64 { entry.index }

    /// An entry that was proven to be in a log, with what it commits to.
    init(_ link: TransferLink, details: AuditDetails?) {
        entry = link.entry
        bytes = link.entryBytes
        self.details = details
    }

    init(_ stored: StoredEntry) {
        entry = stored.entry
        bytes = stored.bytes
        details = stored.details
    }

    /// Reads a node's answer: the bytes count, the entry beside them is for people.
    init(_ fields: AnswerFields) throws(CommandFailure) {
        bytes = try fields.bytes("bytes")
        do {
            entry = try AuditEntry(canonicalBytes: bytes)
        } catch {
            throw CommandFailure(
                "the node's answer is not understood: \(error)",
                next: "see that command and node are of the same release"
            )
        }
        details = try fields.optionalObject("details", "the details").map { details throws(CommandFailure) in
            AuditDetails(
                salt: try details.value("salt", "hexadecimal digits") { Hex.decode($0) },
                bytes: try details.bytes("bytes")
            )
        }
    }

    /// The decisions that the entry records; nil when its details are erased.
    ///
    /// - Throws: a failure when the details are not those that the entry commits to, or not understood.
    func recordedDecisions() throws(CommandFailure) -> RecordedDecisions? {
        guard let details else { return nil }
        guard details.commitment == entry.details, let value = details.value else {
            throw CommandFailure(
                "the details of entry \(index) are not those that it commits to",
                next: "run `entente audit verify` on the log",
                status: .auditBroken
            )
        }
        do {
            return try RecordedDecisions(of: entry, details: value)
        } catch {
            throw CommandFailure(
                "entry \(index) is not understood: \(error)",
                next: "see that the log was written by this release or an older one"
            )
        }
    }

    /// What programs read: `entry`, its `bytes`, and its `details` or `"erased": true`, as the node answers them.
    var json: JSONValue { .object(members) }

    /// What programs read, with `proof`, the text of the tlog-proof that the log holds the entry, and `explanations`, the
    /// decisions in words.
    func json(provenBy proof: LogProof, _ words: EntryExplanations) -> JSONValue {
        var members = members
        members["explanations"] = .array(words.explanations.map(\.json))
        members["proof"] = .string(String(decoding: proof.bytes, as: UTF8.self))
        return .object(members)
    }

    private var members: [String: JSONValue] {
        var members: [String: JSONValue] = ["entry": entry.json, "bytes": .string(Base64.encode(bytes))]
        guard let details else {
            members["erased"] = true
            return members
        }
        var described: [String: JSONValue] = [
            "salt": .string(Hex.encode(details.salt)), "bytes": .string(Base64.encode(details.bytes)),
        ]
        described["value"] = details.value
        members["details"] = .object(described)
        return members
    }
}

extension AuditDetails {
    /// The details as JSON; nil when somebody has made something else of them.
    var value: JSONValue? {
        do {
            return try JSONValue.parse(bytes, maximumSize: 1 << 20)
        } catch {
            return nil
        }
    }

    /// The explanations of the decisions that the details tell of; none where somebody has made something else of them.
    var explanations: [Explanation] {
        let steps = (value?["decisions"]?.arrayValue ?? []).flatMap { $0["steps"]?.arrayValue ?? [] }
        return (steps.map { $0["explanation"] } + [value?["explanation"]]).compactMap { $0 }.compactMap { json in
            do {
                return try Explanation(json: json)
            } catch {
                return nil
            }
        }
    }
}
