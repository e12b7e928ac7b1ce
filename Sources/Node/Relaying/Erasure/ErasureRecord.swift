package import CanonicalEncoding
package import OpenSSLCrypto

/// What one erasure took away and by whose word: the details of its entry, which are never erased themselves.
package struct ErasureRecord: Hashable, Sendable {
    /// The entries whose details are gone.
    package var entries: IndexRanges
    /// The digests of the envelopes whose bodies are gone.
    package var bodies: Set<SHA256Digest>
    /// The law, order or rule that demands it.
    package var authority: String
    package var reason: String
    /// Who asked, and who confirmed; none where the node's own retention acts.
    package var persons: [JSONValue]

    package init(
        entries: IndexRanges,
        bodies: Set<SHA256Digest>,
        authority: String,
        reason: String,
        persons: [JSONValue]
    ) {
        self.entries = entries
        self.bodies = bodies
        self.authority = authority
        self.reason = reason
        self.persons = persons
    }

    package var json: JSONValue {
        [
            "authority": .string(authority),
            "bodies": .array(bodies.map(\.hex).sorted().map { .string($0) }),
            "entries": entries.json,
            "persons": .array(persons),
            "reason": .string(reason),
        ]
    }

    /// - Returns: nil unless the details are those of an erasure.
    package init?(json: JSONValue) {
        guard let entries = json["entries"].flatMap({ IndexRanges(json: $0) }), let bodies = json["bodies"]?.arrayValue,
            let authority = json["authority"]?.stringValue, let reason = json["reason"]?.stringValue,
            let persons = json["persons"]?.arrayValue
        else { return nil }
        var digests: Set<SHA256Digest> = []
        for body in bodies {
            guard let digest = body.stringValue.flatMap({ Hex.decode($0) }).flatMap({ SHA256Digest($0) }) else {
                return nil
            }
            digests.insert(digest)
        }
        self.init(entries: entries, bodies: digests, authority: authority, reason: reason, persons: persons)
    }
}

extension AuditEntryKind {
    /// The kinds of entries whose details may be erased: those about messages and callers.
    ///
    /// Who changed policy, trust or the log, what was erased, and the evidence of forks stay.
    package static let erasable: Set<AuditEntryKind> = [
        .release, .denial, .acceptance, .relay, .transfer, .custody, .delivery, .receipt, .nonDelivery, .void, .refusal,
    ]
}
