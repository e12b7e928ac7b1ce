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
