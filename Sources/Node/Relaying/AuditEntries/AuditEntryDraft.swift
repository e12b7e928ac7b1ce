package import CanonicalEncoding
package import CoalitionDirectory
package import MessageEnvelope
package import OpenSSLCrypto

/// What an audit entry will say, before the log gives it index, time and sequence number.
package struct AuditEntryDraft: Hashable, Sendable {
    package var kind: AuditEntryKind
    package var outcome: AuditOutcome
    package var realm: Realm
    /// The other side: the node or mailbox that asked, or the node that was asked.
    package var peer: SPIFFEID?
    package var message: MessageID?
    package var object: TransferObjectKind?
    /// SHA-256 of the object.
    package var digest: SHA256Digest?
    /// The digest of the envelope that the object is, or is about.
    package var envelope: SHA256Digest?
    /// The node that the object is released to at last.
    package var destination: SPIFFEID?
    package var nextHop: SPIFFEID?
    /// Reason codes, most important first; empty when all went well.
    package var reasons: [String]
    /// The hash of the policy that decided.
    package var policy: SHA256Digest?
    /// The state hash of the directory that identities were judged by; it covers the CRL numbers.
    package var directory: SHA256Digest?
    /// What is personal or sensitive; kept beside the log, erasable, and only committed to in the entry.
    package var details: JSONValue

    package init(
        _ kind: AuditEntryKind,
        _ outcome: AuditOutcome,
        realm: Realm,
        peer: SPIFFEID? = nil,
        message: MessageID? = nil,
        object: TransferObjectKind? = nil,
        digest: SHA256Digest? = nil,
        envelope: SHA256Digest? = nil,
        destination: SPIFFEID? = nil,
        nextHop: SPIFFEID? = nil,
        reasons: [String] = [],
        policy: SHA256Digest? = nil,
        directory: SHA256Digest? = nil,
        details: JSONValue = [:]
    ) {
        self.kind = kind
        self.outcome = outcome
        self.realm = realm
        self.peer = peer
        self.message = message
        self.object = object
        self.digest = digest
        self.envelope = envelope
        self.destination = destination
        self.nextHop = nextHop
        self.reasons = reasons
        self.policy = policy
        self.directory = directory
        self.details = details
    }

    /// The same with more members in its details; those that it has already stay.
    package func adding(_ members: [String: JSONValue]) -> AuditEntryDraft {
        guard !members.isEmpty, let own = details.objectValue else { return self }
        var draft = self
        draft.details = .object(own.merging(members) { kept, _ in kept })
        return draft
    }
}

extension AuditEntryDraft {
    /// What another partner is told when policy denies it: this code, and never a rule.
    package static let deniedCode = "denied"

    /// What this node signs for the node that brought the object of the denial: the object and a code.
    package var refusal: AuditEntryDraft {
        AuditEntryDraft(
            .refusal,
            .refused,
            realm: realm,
            peer: peer,
            message: message,
            object: object,
            digest: digest,
            envelope: envelope,
            reasons: [Self.deniedCode],
            policy: policy,
            directory: directory,
            details: ["detail": "policy denies it: see the denial before"]
        )
    }
}
