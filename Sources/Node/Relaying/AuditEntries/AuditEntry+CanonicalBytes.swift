import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import TransparencyLog

extension AuditEntry {
    /// The canonical spelling of ``json``, written in one go: the writer's thread spends nothing on a dictionary.
    package var canonicalBytes: [UInt8] {
        var output = CanonicalMembers(capacity: 1024)
        // In the order of the names' bytes.
        if let destination { output.add("destination", destination.description) }
        output.add("details", details)
        if let digest { output.add("digest", digest) }
        if let directory { output.add("directory", directory) }
        if let envelope { output.add("envelope", envelope) }
        output.add("index", Int64(index))
        output.add("kind", kind.rawValue)
        output.add("log", log.rawValue)
        if let message { output.add("message", message.description) }
        if let nextHop { output.add("next-hop", nextHop.description) }
        nonce.withUnsafeBytes { output.add("nonce", hexadecimal: $0) }
        if let object { output.add("object", object.rawValue) }
        output.add("outcome", outcome.rawValue)
        if let peer { output.add("peer", peer.description) }
        if let policy { output.add("policy", policy) }
        output.add("realm", realm.rawValue)
        if !reasons.isEmpty { output.add("reasons", json: .array(reasons.map { .string($0) })) }
        if let sequence { output.add("sequence", Int64(sequence)) }
        output.add("time", time.rfc3339)
        output.add("version", Self.version)
        return output.finish()
    }
}

/// The members of a flat JSON object, appended in the order in which the canonical spelling has them.
private struct CanonicalMembers {
    private var bytes: [UInt8] = []

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

    mutating func add(_ name: StaticString, _ number: Int64) {
        begin(name)
        bytes.append(contentsOf: String(number).utf8)
    }

    mutating func add(_ name: StaticString, _ digest: SHA256Digest) {
        digest.withUnsafeBytes { add(name, hexadecimal: $0) }
    }

    mutating func add(_ name: StaticString, hexadecimal value: UnsafeRawBufferPointer) {
        begin(name)
        bytes.append(UInt8(ascii: "\""))
        for byte in value {
            bytes.append(Self.digit(byte >> 4))
            bytes.append(Self.digit(byte & 15))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func add(_ name: StaticString, json: JSONValue) {
        begin(name)
        bytes.append(contentsOf: json.canonicalBytes)
    }

    mutating func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func begin(_ name: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
}
