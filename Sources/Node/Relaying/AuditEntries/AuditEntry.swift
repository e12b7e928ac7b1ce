package import CanonicalEncoding
package import CoalitionDirectory
package import MessageEnvelope
package import OpenSSLCrypto
package import TransparencyLog

/// One entry of a node's log. Its ``canonicalBytes`` are what the log hashes as a leaf (RFC 6962 section 2.1).
package struct AuditEntry: Hashable, Sendable {
    /// The version of the entry format.
    package static let version: Int64 = 1

    package let log: LogOrigin
    package let index: UInt64
    package let time: Timestamp
    /// 32 random bytes: without them the leaf hash of a guessable entry would confirm the guess.
    package let nonce: [UInt8]
    package let kind: AuditEntryKind
    package let outcome: AuditOutcome
    package let realm: Realm
    package let peer: SPIFFEID?
    package let message: MessageID?
    package let object: TransferObjectKind?
    package let digest: SHA256Digest?
    package let envelope: SHA256Digest?
    package let destination: SPIFFEID?
    package let nextHop: SPIFFEID?
    /// The number in the stream from this log to the destination node; releases have one, and the voids that close it.
    package let sequence: UInt64?
    package let reasons: [String]
    package let policy: SHA256Digest?
    package let directory: SHA256Digest?
    package let details: SHA256Digest

    package init(
        _ draft: AuditEntryDraft,
        log: LogOrigin,
        index: UInt64,
        time: Timestamp,
        nonce: [UInt8],
        sequence: UInt64?,
        details: SHA256Digest
    ) {
        self.log = log
        self.index = index
        self.time = time
        self.nonce = nonce
        kind = draft.kind
        outcome = draft.outcome
        realm = draft.realm
        peer = draft.peer
        message = draft.message
        object = draft.object
        digest = draft.digest
        envelope = draft.envelope
        destination = draft.destination
        nextHop = draft.nextHop
        self.sequence = sequence
        reasons = draft.reasons
        policy = draft.policy
        directory = draft.directory
        self.details = details
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "details": .string(details.hex),
            "index": .integer(Int64(index)),
            "kind": .string(kind.rawValue),
            "log": .string(log.rawValue),
            "nonce": .string(Hex.encode(nonce)),
            "outcome": .string(outcome.rawValue),
            "realm": .string(realm.rawValue),
            "time": .string(time.rfc3339),
            "version": .integer(Self.version),
        ]
        members["peer"] = peer.map { .string($0.description) }
        members["message"] = message.map { .string($0.description) }
        members["object"] = object.map { .string($0.rawValue) }
        members["digest"] = digest.map { .string($0.hex) }
        members["envelope"] = envelope.map { .string($0.hex) }
        members["destination"] = destination.map { .string($0.description) }
        members["next-hop"] = nextHop.map { .string($0.description) }
        members["sequence"] = sequence.map { .integer(Int64($0)) }
        members["policy"] = policy.map { .string($0.hex) }
        members["directory"] = directory.map { .string($0.hex) }
        if !reasons.isEmpty { members["reasons"] = .array(reasons.map { .string($0) }) }
        return .object(members)
    }

}
