import CanonicalEncoding
import CoalitionDirectory
import Foundation
import Hummingbird
import HummingbirdCore
import OpenSSLCrypto
import RelayStorage
import Relaying
import TransparencyLog

extension OperatorRoutes {
    /// `GET /v1/audit/forks`: the evidence that this node keeps of logs that have forked or gone back.
    func forks() async throws -> Response {
        Response(json: ["forks": .array(try await store.forks().map(\.json))])
    }

    /// `POST /v1/audit/forks/{number}/acknowledge`: says that the matter of one fork is dealt with, which ends its alarm.
    func acknowledgeFork(
        _ parameters: Parameters,
        _ request: Request,
        by person: OperatorPerson
    ) async throws -> Response {
        try await checkIsOperator(person, to: "acknowledge fork")
        guard let text = parameters.get("number"), let number = Int64(text), number > 0 else {
            throw OperatorProblem.malformed("expected the number of a fork, got `\(parameters.get("number") ?? "")`")
        }
        let json = try await body(of: request)
        let description = describe()
        let index = try await store.acknowledge(
            fork: number,
            authority: try Self.words("authority", json),
            reason: try Self.words("reason", json),
            persons: [person.json],
            policy: description.policy,
            directory: description.directory
        )
        await acknowledged()
        return Response(json: ["entry": .integer(Int64(clamping: index))])
    }

    /// `GET /v1/audit/witness-policy`: what makes a checkpoint of this node's log a witnessed one (C2SP tlog-policy).
    func witnessPolicy() throws -> Response {
        guard let policy = describe().witnessing?.policy else { throw OperatorProblem.noQuorum }
        return Response(json: ["policy": .string(policy)])
    }

    /// `POST /v1/audit/recovery`: writes into this log, a new one, which log it takes the place of, and why.
    ///
    /// Three entries name the matter: that the person was allowed to ask, the recovery itself, and how it ended.
    func recover(_ request: Request, by person: OperatorPerson) async throws -> Response {
        let action = "audit recover"
        guard person.role == .operator else {
            try await log(.denied, action, by: person, reasons: ["not-an-operator"])
            throw OperatorProblem.notAnOperator(person)
        }
        try await log(.allowed, action, by: person)
        do {
            let recovery = try LogRecovery(json: try await body(of: request), own: store.verifier)
            if let earlier = try await store.entries(EntryFilter(kinds: [.recovery], limit: 1)).first {
                throw OperatorProblem.malformed(
                    "entry \(earlier.entry.index) says already which log this one takes the place of: a log has one before it"
                )
            }
            let description = describe()
            let link = try await store.append(
                AuditEntryDraft(
                    .recovery,
                    .done,
                    realm: store.node.realm,
                    digest: .hash(recovery.fork.bytes),
                    reasons: [LogRecovery.reasonCode],
                    policy: description.policy,
                    directory: description.directory,
                    details: recovery.details(by: "\(person)")
                )
            )
            let result: JSONValue = ["entry": .integer(Int64(clamping: link.entry.index))]
            try await log(.done, action, by: person, result: result)
            return Response(json: result)
        } catch {
            let detail: JSONValue = ["detail": .string(String("\(error)".prefix(2000)))]
            try await log(.failed, action, by: person, reasons: ["recovery-refused"], result: detail)
            throw error
        }
    }
}

/// The operator's word that this log takes the place of another, with the evidence that the other has lost its end.
private struct LogRecovery {
    static let reasonCode = "log-lost"

    let fork: Fork
    let previous: NoteVerifier
    let reason: String

    init(json: JSONValue, own: NoteVerifier) throws(OperatorProblem) {
        guard let text = json["evidence"]?.stringValue, let key = json["log-key"]?.stringValue,
            let reason = json["reason"]?.stringValue, (1...1000).contains(reason.utf8.count)
        else { throw .malformed("expected `evidence` and `log-key`, and a `reason` of 1 to 1000 bytes") }
        do {
            fork = try Fork(parsing: Array(text.utf8))
            previous = try NoteVerifier(verifierKey: key)
            try fork.verify(by: previous)
        } catch {
            throw .malformed("the evidence: \(error)")
        }
        guard fork.origin.rawValue == own.name.rawValue else {
            throw .malformed(
                "expected evidence of the log `\(own.name)`, which this one takes the place of, got that of `\(fork.origin)`"
            )
        }
        guard previous.publicKey != own.publicKey else {
            throw .malformed(
                "expected the key of the log before, got that of this log: a log that has lost its end goes on under a new key"
            )
        }
        self.reason = reason
    }

    func details(by person: String) -> JSONValue {
        [
            "evidence": .string(String(decoding: fork.bytes, as: UTF8.self)),
            "last-seen": .string(String(decoding: fork.second.checkpoint.text, as: UTF8.self)),
            "log-key": .string(previous.verifierKey),
            "operator": .string(person),
            "reason": .string(reason),
        ]
    }
}

extension ForkRecord {
    /// The fork with its evidence.
    var json: JSONValue {
        var members = members
        members["evidence"] = .string(String(decoding: fork.bytes, as: UTF8.self))
        return .object(members)
    }

    /// The fork without its evidence.
    var summary: JSONValue { .object(members) }

    private var members: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "number": .integer(number),
            "log": .string(fork.origin.rawValue),
            "claim": .string(fork.claimName),
            "detail": .string(fork.description),
            "entry": .integer(Int64(clamping: entryIndex)),
            "found": .string(found.rfc3339),
        ]
        members["acknowledged"] = acknowledgement.map {
            [
                "authority": .string($0.acknowledgement.authority),
                "entry": .integer(Int64(clamping: $0.index)),
                "persons": .array($0.acknowledgement.persons),
                "reason": .string($0.acknowledgement.reason),
                "time": .string($0.time.rfc3339),
            ]
        }
        return members
    }
}
