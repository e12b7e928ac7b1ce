public import CanonicalEncoding
public import CoalitionDirectory
public import OpenSSLCrypto

/// A recipient's signed statement that it decrypted a message: an ESS signed receipt (RFC 2634 section 2).
public struct DeliveryReceipt: Hashable, Sendable {
    /// The media type on the wire.
    public static let mediaType = "application/vnd.entente.delivery-receipt"
    /// The largest receipt accepted, in bytes.
    public static let maximumSize = 16 * 1024

    /// The DER of the CMS SignedData.
    public let bytes: [UInt8]

    public var digest: SHA256Digest { .hash(bytes) }

    public init(bytes: [UInt8]) throws(EnvelopeError) {
        guard bytes.count <= Self.maximumSize else {
            throw EnvelopeError(.tooLarge, "receipt: expected at most \(Self.maximumSize) bytes, got \(bytes.count)")
        }
        self.bytes = bytes
    }
}

/// A delivery receipt that is proven to be of one recipient for one header.
public struct VerifiedDeliveryReceipt: Sendable {
    public let receipt: DeliveryReceipt
    public let recipient: MailboxAddress

    fileprivate init(receipt: DeliveryReceipt, recipient: MailboxAddress) {
        self.receipt = receipt
        self.recipient = recipient
    }
}

extension OpenedMessage {
    /// Signs the receipt for this message with the recipient's signing certificate.
    public func receipt(certificate: Certificate, key: PrivateKey, at now: Timestamp)
        throws(EnvelopeError) -> DeliveryReceipt
    {
        do {
            return try DeliveryReceipt(
                bytes: try CMSReceipt.sign(
                    for: signedHeader,
                    certificate: certificate,
                    key: key,
                    signingTime: now.secondsSinceEpoch
                )
            )
        } catch let error as EnvelopeError {
            throw error
        } catch {
            throw EnvelopeError(.malformedReceipt, "cannot sign the receipt: \(error)")
        }
    }
}

extension ReceivedEnvelope {
    /// Proves that `receipt` is for this header and signed by one of its recipients.
    ///
    /// The envelope may be a stored one: its signature was verified when it was accepted. The signer's certificate must
    /// have been valid at `signedAt`, the time of the log entry that released the receipt; nil means now.
    public func verify(_ receipt: DeliveryReceipt, by directory: Directory, signedAt: Timestamp?, now: Timestamp)
        throws(EnvelopeError) -> VerifiedDeliveryReceipt
    {
        try Self.verify(receipt, for: signedHeader, header: header, by: directory, signedAt: signedAt, now: now)
    }

    static func verify(
        _ receipt: DeliveryReceipt,
        for signedHeader: CMSSignedMessage,
        header: MessageHeader,
        by directory: Directory,
        signedAt: Timestamp?,
        now: Timestamp
    ) throws(EnvelopeError) -> VerifiedDeliveryReceipt {
        let signed: CMSReceipt
        let signer: SignerRecord
        do {
            signed = try CMSReceipt(der: receipt.bytes)
            signer = try directory.signer(signed.signerKeyIdentifier, signedAt: signedAt ?? now, now: now)
        } catch let error as CMSFormError {
            throw EnvelopeError(.malformedReceipt, "\(error)")
        } catch {
            throw EnvelopeError(.unknownSigner, "\(error)")
        }
        guard header.recipients.contains(signer.address) else {
            throw EnvelopeError(.notARecipient, "`\(signer.address)` is not a recipient of the message")
        }
        do {
            try signed.verify(for: signedHeader, signer: signer.certificate)
        } catch {
            throw EnvelopeError(.invalidSignature, "receipt: \(error)")
        }
        return VerifiedDeliveryReceipt(receipt: receipt, recipient: signer.address)
    }
}

/// The signed header alone, as a node keeps it when the body is gone or was never needed again.
public struct StoredHeader: Sendable {
    public let header: MessageHeader
    let signedHeader: CMSSignedMessage

    /// - Parameter der: the signed header of an envelope that was accepted before.
    public init(der: [UInt8]) throws(EnvelopeError) {
        do {
            signedHeader = try CMSSignedMessage(der: der)
        } catch {
            throw EnvelopeError(.malformedEnvelope, "stored header: \(error)")
        }
        header = try MessageHeader(canonicalBytes: signedHeader.content)
    }

    /// Proves that `receipt` is for this header and signed by one of its recipients.
    public func verify(_ receipt: DeliveryReceipt, by directory: Directory, signedAt: Timestamp?, now: Timestamp)
        throws(EnvelopeError) -> VerifiedDeliveryReceipt
    {
        try ReceivedEnvelope.verify(
            receipt,
            for: signedHeader,
            header: header,
            by: directory,
            signedAt: signedAt,
            now: now
        )
    }
}
