public import OpenSSLCrypto

/// An envelope in parts: the signed header and the encrypted body, as bytes, not yet judged.
///
/// On the wire (`application/vnd.entente.envelope`) it is the DER of the header followed by the DER of the body.
public struct Envelope: Hashable, Sendable {
    /// The media type on the wire.
    public static let mediaType = "application/vnd.entente.envelope"
    /// The largest body accepted, in bytes of ciphertext: 16 MiB of payload and 64 KiB around it.
    public static let maximumBodySize = 16 * 1024 * 1024 + 64 * 1024
    /// The largest signed header accepted, in bytes.
    public static let maximumHeaderSize = MessageHeader.maximumSize + 8 * 1024
    /// The largest envelope accepted, in bytes.
    public static let maximumSize = maximumHeaderSize + maximumBodySize

    /// CMS SignedData over the header's canonical JSON.
    public let header: [UInt8]
    /// CMS AuthEnvelopedData to the recipients' encryption keys.
    public let body: [UInt8]

    public init(header: [UInt8], body: [UInt8]) {
        self.header = header
        self.body = body
    }

    /// Splits the wire form; both parts must be whole and nothing may follow.
    public init(bytes: [UInt8]) throws(EnvelopeError) {
        guard bytes.count <= Self.maximumSize else {
            throw EnvelopeError(.tooLarge, "expected at most \(Self.maximumSize) bytes, got \(bytes.count)")
        }
        let headerSize = try Self.elementSize(bytes[...], name: "header", maximum: Self.maximumHeaderSize)
        let rest = bytes[headerSize...]
        let bodySize = try Self.elementSize(rest, name: "body", maximum: Self.maximumBodySize)
        guard rest.count == bodySize else {
            throw EnvelopeError(.malformedEnvelope, "\(rest.count - bodySize) bytes behind the body")
        }
        self.init(header: Array(bytes[..<headerSize]), body: Array(rest))
    }

    public var bytes: [UInt8] { header + body }

    /// The digest that names this envelope everywhere: SHA-256 of the signed header, which holds the body's digest.
    public var digest: SHA256Digest { .hash(header) }

    /// Refuses parts that no node would take.
    func checkSize() throws(EnvelopeError) {
        for (name, part, maximum) in [
            ("header", header, Self.maximumHeaderSize), ("body", body, Self.maximumBodySize),
        ] where part.count > maximum {
            throw EnvelopeError(.tooLarge, "\(name): expected at most \(maximum) bytes, got \(part.count)")
        }
    }

    /// The size of the definite-length SEQUENCE that `bytes` begin with, its tag and length included.
    private static func elementSize(_ bytes: ArraySlice<UInt8>, name: String, maximum: Int)
        throws(EnvelopeError) -> Int
    {
        let start = bytes.startIndex
        guard bytes.count >= 2 else {
            throw EnvelopeError(
                .malformedEnvelope,
                "\(name) truncated: expected a DER SEQUENCE, got \(bytes.count) bytes"
            )
        }
        guard bytes[start] == 0x30 else {
            throw EnvelopeError(.malformedEnvelope, "expected the \(name) to be a DER SEQUENCE")
        }
        let first = bytes[start + 1]
        var contentSize = Int(first)
        var prefixSize = 2
        if first >= 0x80 {
            let lengthSize = Int(first & 0x7f)
            guard (1...4).contains(lengthSize), bytes.count >= 2 + lengthSize else {
                throw EnvelopeError(.malformedEnvelope, "expected the \(name) to have a definite length")
            }
            prefixSize += lengthSize
            contentSize = bytes[start + 2..<start + prefixSize].reduce(0) { $0 << 8 | Int($1) }
        }
        let size = prefixSize + contentSize
        guard size <= maximum else {
            throw EnvelopeError(.tooLarge, "\(name): expected at most \(maximum) bytes, got \(size)")
        }
        guard size <= bytes.count else {
            throw EnvelopeError(.malformedEnvelope, "\(name) truncated: expected \(size) bytes, got \(bytes.count)")
        }
        return size
    }
}
