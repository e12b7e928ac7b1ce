public import CanonicalEncoding
import CoalitionDirectory
public import OpenSSLCrypto
import SecurityLabels

extension MessageHeader {
    /// The header as signed: canonical JSON.
    public var canonicalBytes: [UInt8] { json.canonicalBytes }

    public var json: JSONValue {
        var members = bindingMembers
        members["body"] = ["digest": .string(body.digest.hex), "size": .integer(Int64(body.size))]
        members["commitment"] = .string(commitment.hex)
        members["date-time"] = .string(dateTime.rfc3339)
        members["expires"] = .string(expires.rfc3339)
        members["precedence"] = .string(precedence.name)
        return .object(members)
    }

    /// Digest of what the encrypted content is bound to: SHA-256 of the canonical JSON of version, id, originator,
    /// realm, recipients, label and references.
    ///
    /// The content begins with it. Without it, whoever relays a ciphertext that he cannot read could sign a header of
    /// his own over it.
    public var binding: SHA256Digest { .hash(JSONValue.object(bindingMembers).canonicalBytes) }

    private var bindingMembers: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "id": .string(id.description),
            "label": label.json,
            "originator": .string(originator.description),
            "realm": .string(realm.rawValue),
            "recipients": .array(recipients.map { .string($0.description) }),
            "version": .integer(Self.version),
        ]
        let references = [
            ("recalls", references.recalls), ("reply-to", references.replyTo), ("supersedes", references.supersedes),
        ]
        let present = references.compactMap { name, id in id.map { (name, JSONValue.string($0.description)) } }
        if !present.isEmpty {
            members["references"] = .object(Dictionary(uniqueKeysWithValues: present))
        }
        return members
    }

    /// Reads a header and refuses every spelling but the canonical one, unknown fields and unknown versions.
    public init(canonicalBytes bytes: [UInt8]) throws(EnvelopeError) {
        let value: JSONValue
        do {
            value = try JSONValue.parseCanonical(bytes, maximumSize: Self.maximumSize, maximumDepth: 4)
        } catch {
            throw EnvelopeError(.malformedHeader, error.description)
        }
        var fields = try JSONFields(value, of: "header")
        let version = try fields.integer("version")
        guard version == Self.version else {
            throw EnvelopeError(.unknownVersion, "expected header version \(Self.version), got \(version)")
        }
        var body = try JSONFields(try fields.value("body"), of: "body")
        let size = try body.integer("size")
        guard let size = Int(exactly: size), size > 0 else {
            throw EnvelopeError(.malformedHeader, "expected `body.size` above 0, got \(size)")
        }
        let reference = CiphertextReference(size: size, digest: try body.digest("digest"))
        try body.finish()
        var references = MessageReferences()
        if let value = fields.optional("references") {
            var named = try JSONFields(value, of: "references")
            references.replyTo = try named.optionalMessageID("reply-to")
            references.supersedes = try named.optionalMessageID("supersedes")
            references.recalls = try named.optionalMessageID("recalls")
            try named.finish()
            guard references != MessageReferences() else {
                throw EnvelopeError(.malformedHeader, "expected `references` left out when it is empty")
            }
        }
        try self.init(
            id: try fields.messageID("id"),
            originator: try fields.parsed("originator") { text throws(IdentifierError) in try MailboxAddress(text) },
            recipients: try fields.array("recipients") { text throws(IdentifierError) in try MailboxAddress(text) },
            label: try ConfidentialityLabel(json: try fields.value("label")),
            precedence: try fields.precedence("precedence"),
            realm: try fields.parsed("realm") { text throws(IdentifierError) in try Realm(text) },
            dateTime: try fields.parsed("date-time") { text throws(TimestampError) in try Timestamp(rfc3339: text) },
            expires: try fields.parsed("expires") { text throws(TimestampError) in try Timestamp(rfc3339: text) },
            references: references,
            body: reference,
            commitment: try fields.digest("commitment")
        )
        try fields.finish()
    }
}
