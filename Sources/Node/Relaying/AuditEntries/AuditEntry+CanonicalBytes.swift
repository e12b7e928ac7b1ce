package import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
package import OpenSSLCrypto
package import TransparencyLog

extension AuditEntry {
    /// The canonical spelling of ``json``, written in one go: no time is spent on a dictionary.
    package var canonicalBytes: [UInt8] {
        let draft = AuditEntryDraft(
            kind,
            outcome,
            realm: realm,
            peer: peer,
            message: message,
            object: object,
            digest: digest,
            envelope: envelope,
            destination: destination,
            nextHop: nextHop,
            reasons: reasons,
            policy: policy,
            directory: directory
        )
        let place = AuditEntrySpelling.Place(log: log, time: time)
        return AuditEntrySpelling(draft)
            .bytes(at: place, index: index, nonce: nonce, sequence: sequence, details: details)
    }
}

/// What an entry's canonical bytes are as far as its draft determines them: spelled on the caller's thread, so that the
/// writer's has only to put in what the log alone knows.
package struct AuditEntrySpelling: Sendable {
    /// What is the same for all entries of one batch, as JSON.
    package struct Place: Sendable {
        fileprivate let log: [UInt8]
        fileprivate let time: [UInt8]

        package init(log: LogOrigin, time: Timestamp) {
            self.log = JSONValue.string(log.rawValue).canonicalBytes
            self.time = JSONValue.string(time.rfc3339).canonicalBytes
        }
    }

    private let draft: [UInt8]
    /// Where the values go that the draft lacks.
    private let details: Int
    private let index: Int
    private let log: Int
    private let nonce: Int

    package init(_ draft: AuditEntryDraft) {
        var output = CanonicalMembers(capacity: 768)
        // In the order of the names' bytes.
        if let destination = draft.destination { output.add("destination", destination.description) }
        details = output.begin("details")
        if let digest = draft.digest { output.add("digest", digest) }
        if let directory = draft.directory { output.add("directory", directory) }
        if let envelope = draft.envelope { output.add("envelope", envelope) }
        index = output.begin("index")
        output.add("kind", draft.kind.rawValue)
        log = output.begin("log")
        if let message = draft.message { output.add("message", message.description) }
        if let nextHop = draft.nextHop { output.add("next-hop", nextHop.description) }
        nonce = output.begin("nonce")
        if let object = draft.object { output.add("object", object.rawValue) }
        output.add("outcome", draft.outcome.rawValue)
        if let peer = draft.peer { output.add("peer", peer.description) }
        if let policy = draft.policy { output.add("policy", policy) }
        output.add("realm", draft.realm.rawValue)
        if !draft.reasons.isEmpty { output.add("reasons", json: .array(draft.reasons.map { .string($0) })) }
        self.draft = output.bytes
    }

    /// The canonical bytes of the entry that the draft becomes.
    package func bytes(
        at place: Place,
        index number: UInt64,
        nonce random: [UInt8],
        sequence: UInt64?,
        details commitment: SHA256Digest
    ) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(draft.count + place.log.count + place.time.count + 256)
        output += draft[..<details]
        commitment.withUnsafeBytes { output.append(hexadecimal: $0) }
        output += draft[details..<index]
        output += String(Int64(number)).utf8
        output += draft[index..<log]
        output += place.log
        output += draft[log..<nonce]
        random.withUnsafeBytes { output.append(hexadecimal: $0) }
        output += draft[nonce...]
        if let sequence {
            output += #","sequence":"#.utf8
            output += String(Int64(sequence)).utf8
        }
        output += #","time":"#.utf8
        output += place.time
        output += #","version":"#.utf8
        output += String(AuditEntry.version).utf8
        output.append(UInt8(ascii: "}"))
        return output
    }
}

extension [UInt8] {
    /// Appends the bytes in lower-case hexadecimal between quotation marks.
    fileprivate mutating func append(hexadecimal value: UnsafeRawBufferPointer) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * value.count + 2) { text in
            text[0] = UInt8(ascii: "\"")
            for (place, byte) in value.enumerated() {
                text[2 * place + 1] = Self.digit(byte >> 4)
                text[2 * place + 2] = Self.digit(byte & 15)
            }
            text[text.count - 1] = UInt8(ascii: "\"")
            append(contentsOf: text)
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
}

/// The members of a flat JSON object, appended in the order in which the canonical spelling has them.
private struct CanonicalMembers {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
        bytes.append(UInt8(ascii: "{"))
    }

    mutating func add(_ name: StaticString, _ text: String) {
        let needsEscape = text.utf8.contains { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
        guard !needsEscape else { return add(name, json: .string(text)) }
        begin(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func add(_ name: StaticString, _ digest: SHA256Digest) {
        begin(name)
        digest.withUnsafeBytes { bytes.append(hexadecimal: $0) }
    }

    mutating func add(_ name: StaticString, json: JSONValue) {
        begin(name)
        bytes.append(contentsOf: json.canonicalBytes)
    }

    /// Appends a member's name; its value goes to the place that is returned.
    @discardableResult
    mutating func begin(_ name: StaticString) -> Int {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        return bytes.count
    }
}
