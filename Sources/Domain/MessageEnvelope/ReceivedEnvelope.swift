public import OpenSSLCrypto

/// An envelope whose form is right: both CMS objects are of the one accepted form and the header says what it must.
///
/// Nothing is proven yet: the signature is checked by ``VerifiedEnvelope``.
public struct ReceivedEnvelope: Sendable {
    public let envelope: Envelope
    /// The digest of the envelope, SHA-256 of its signed header.
    public let digest: SHA256Digest
    public let header: MessageHeader
    let signedHeader: CMSSignedMessage

    public init(bytes: [UInt8]) throws(EnvelopeError) {
        try self.init(try Envelope(bytes: bytes))
    }

    public init(_ envelope: Envelope) throws(EnvelopeError) {
        self.envelope = envelope
        signedHeader = try Self.signedMessage(envelope.header)
        digest = envelope.digest
        header = try MessageHeader(canonicalBytes: signedHeader.content)
    }

    private static func signedMessage(_ der: [UInt8]) throws(EnvelopeError) -> CMSSignedMessage {
        do {
            return try CMSSignedMessage(der: der)
        } catch {
            throw EnvelopeError(.malformedEnvelope, "header: \(error)")
        }
    }
}
