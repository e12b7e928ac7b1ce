import CanonicalEncoding
public import OpenSSLCrypto

/// What is encrypted: the binding to the header, a salt, and the message itself with its description.
///
/// The bytes are `binding (32) || salt (32) || description (canonical JSON) || LF || payload`. Canonical JSON holds no
/// line feed, so the first one behind the salt ends the description.
public struct MessageContent: Hashable, Sendable {
    public let binding: SHA256Digest
    /// 32 random bytes, so that the header's commitment does not give a guessed content away.
    public let salt: [UInt8]
    public let description: ContentDescription
    public let payload: [UInt8]

    static let prefixSize = 64
    static let maximumDescriptionSize = 4096

    public init(binding: SHA256Digest, salt: [UInt8], description: ContentDescription, payload: [UInt8]) {
        precondition(salt.count == 32, "the salt of a content has 32 bytes")
        self.binding = binding
        self.salt = salt
        self.description = description
        self.payload = payload
    }

    public var bytes: [UInt8] {
        let line = description.json.canonicalBytes
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.prefixSize + line.count + 1 + payload.count)
        bytes.append(contentsOf: binding.bytes)
        bytes.append(contentsOf: salt)
        bytes.append(contentsOf: line)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: payload)
        return bytes
    }

    /// Reads the decrypted bytes.
    public init(bytes: [UInt8]) throws(EnvelopeError) {
        guard bytes.count > Self.prefixSize, let binding = SHA256Digest(bytes[..<32]) else {
            throw EnvelopeError(
                .malformedContent,
                "content truncated: expected more than \(Self.prefixSize) bytes, got \(bytes.count)"
            )
        }
        let searched = bytes[Self.prefixSize...].prefix(Self.maximumDescriptionSize + 1)
        guard let end = searched.firstIndex(of: UInt8(ascii: "\n")) else {
            throw EnvelopeError(
                .malformedContent,
                "expected a description of at most \(Self.maximumDescriptionSize) bytes that a line feed ends"
            )
        }
        self.init(
            binding: binding,
            salt: Array(bytes[32..<64]),
            description: try ContentDescription(canonicalBytes: Array(bytes[Self.prefixSize..<end])),
            payload: Array(bytes[(end + 1)...])
        )
    }
}

/// What the payload is: shown to the recipient alone, for it travels inside the encryption.
public struct ContentDescription: Hashable, Sendable {
    public var subject: String
    /// The media type of the payload, such as `text/plain; charset=utf-8`.
    public var mediaType: String
    public var fileName: String?

    public init(subject: String, mediaType: String, fileName: String? = nil) {
        self.subject = subject
        self.mediaType = mediaType
        self.fileName = fileName
    }

    var json: JSONValue {
        var members: [String: JSONValue] = ["media-type": .string(mediaType), "subject": .string(subject)]
        if let fileName { members["file-name"] = .string(fileName) }
        return .object(members)
    }

    init(canonicalBytes bytes: [UInt8]) throws(EnvelopeError) {
        let value: JSONValue
        do {
            value = try JSONValue.parseCanonical(bytes, maximumDepth: 3)
        } catch {
            throw EnvelopeError(.malformedContent, error.description)
        }
        var fields = try JSONFields(value, of: "content description", code: .malformedContent)
        self.init(
            subject: try fields.string("subject"),
            mediaType: try fields.string("media-type"),
            fileName: try fields.optionalString("file-name")
        )
        try fields.finish()
    }
}
