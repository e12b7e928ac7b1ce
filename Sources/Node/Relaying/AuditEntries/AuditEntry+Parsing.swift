import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import TransparencyLog

/// Why bytes are not an audit entry.
package struct AuditEntryError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = "malformed audit entry: \(description)"
    }
}

extension AuditEntry {
    /// The largest entry accepted, in bytes.
    package static let maximumSize = 16 * 1024

    /// Reads the exact bytes of an entry; every other spelling, unknown fields and unknown values are refused.
    package init(canonicalBytes bytes: [UInt8]) throws(AuditEntryError) {
        do {
            let value = try JSONValue.parseCanonical(bytes, maximumSize: Self.maximumSize, maximumDepth: 3)
            try self.init(json: value)
        } catch let error as AuditEntryError {
            throw error
        } catch {
            throw AuditEntryError("\(error)")
        }
    }

    private init(json: JSONValue) throws {
        guard var members = json.objectValue else { throw AuditEntryError("expected a JSON object") }

        func optionalText(_ name: String) throws -> String? {
            guard let value = members.removeValue(forKey: name) else { return nil }
            guard let text = value.stringValue else { throw AuditEntryError("expected `\(name)` to be a string") }
            return text
        }
        func text(_ name: String) throws -> String {
            guard let text = try optionalText(name) else { throw AuditEntryError("expected the field `\(name)`") }
            return text
        }
        func optionalNumber(_ name: String) throws -> UInt64? {
            guard let value = members.removeValue(forKey: name) else { return nil }
            guard let number = value.integerValue.flatMap({ UInt64(exactly: $0) }) else {
                throw AuditEntryError("expected `\(name)` to be an integer from 0")
            }
            return number
        }
        func optionalDigest(_ name: String) throws -> SHA256Digest? {
            guard let text = try optionalText(name) else { return nil }
            guard let digest = Hex.decode(text).flatMap({ SHA256Digest($0) }) else {
                throw AuditEntryError("expected `\(name)` to be 64 lower-case hexadecimal digits")
            }
            return digest
        }
        func named<Value: RawRepresentable>(_ name: String, _ text: String) throws -> Value
        where Value.RawValue == String {
            guard let value = Value(rawValue: text) else { throw AuditEntryError("unknown \(name) `\(text)`") }
            return value
        }

        let version = try optionalNumber("version")
        guard version == UInt64(Self.version) else {
            throw AuditEntryError("expected version \(Self.version), got \(version.map(String.init) ?? "none")")
        }
        guard let index = try optionalNumber("index") else { throw AuditEntryError("expected the field `index`") }
        guard let nonce = Hex.decode(try text("nonce")), nonce.count == 32 else {
            throw AuditEntryError("expected `nonce` to be 64 lower-case hexadecimal digits")
        }
        guard let details = try optionalDigest("details") else { throw AuditEntryError("expected the field `details`") }
        var draft = AuditEntryDraft(
            try named("kind", try text("kind")),
            try named("outcome", try text("outcome")),
            realm: try Realm(try text("realm"))
        )
        draft.peer = try optionalText("peer").map { try SPIFFEID($0) }
        if let id = try optionalText("message") {
            guard let message = MessageID(id) else { throw AuditEntryError("expected `message` to be a message id") }
            draft.message = message
        }
        draft.object = try optionalText("object").map { try named("object", $0) }
        draft.digest = try optionalDigest("digest")
        draft.envelope = try optionalDigest("envelope")
        draft.destination = try optionalText("destination").map { try SPIFFEID($0) }
        draft.nextHop = try optionalText("next-hop").map { try SPIFFEID($0) }
        if let reasons = members.removeValue(forKey: "reasons") {
            let codes = reasons.arrayValue?.compactMap(\.stringValue) ?? []
            guard !codes.isEmpty, codes.count == reasons.arrayValue?.count else {
                throw AuditEntryError("expected `reasons` to be an array of strings, left out when empty")
            }
            draft.reasons = codes
        }
        draft.policy = try optionalDigest("policy")
        draft.directory = try optionalDigest("directory")
        let sequence = try optionalNumber("sequence")
        let log = try LogOrigin(try text("log"))
        let time = try Timestamp(rfc3339: try text("time"))
        if let unknown = members.keys.min() { throw AuditEntryError("unknown field `\(unknown)`") }
        self.init(
            draft,
            log: log,
            index: index,
            time: time,
            nonce: nonce,
            sequence: sequence,
            details: details
        )
    }
}
