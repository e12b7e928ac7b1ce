public import CanonicalEncoding
public import CoalitionDirectory
public import OpenSSLCrypto

/// An envelope whose originator is proven and whose parts belong together.
///
/// INVARIANT: the only way to one is ``ReceivedEnvelope/verified(by:releasedAt:now:)``, so whoever holds one need not check
/// again.
public struct VerifiedEnvelope: Sendable {
    public let received: ReceivedEnvelope
    public let signer: SignerRecord

    public var header: MessageHeader { received.header }
    public var digest: SHA256Digest { received.digest }
    public var envelope: Envelope { received.envelope }

    fileprivate init(received: ReceivedEnvelope, signer: SignerRecord) {
        self.received = received
        self.signer = signer
    }
}

extension ReceivedEnvelope {
    /// How far a clock may be ahead of ours, in seconds: 2 hours.
    public static let toleratedSkew: Int64 = 2 * 3600

    /// Proves that the named originator signed the header and that the body is the one it names, encrypted to the
    /// recipients it names and nobody else.
    ///
    /// - Parameters:
    ///   - directory: the directory of the realm that the message must belong to.
    ///   - releasedAt: when the origin's log released the message: certificates must have been valid then. Nil at the
    ///     origin itself, which judges everything by `now`, the recipients' keys too.
    /// - Throws: ``EnvelopeError`` with the first thing that does not hold; cheap checks come first.
    public func verified(by directory: Directory, releasedAt: Timestamp?, now: Timestamp)
        throws(EnvelopeError) -> VerifiedEnvelope
    {
        guard header.expires > now else {
            throw EnvelopeError(.expired, "expired at `\(header.expires)`, now `\(now)`")
        }
        return try proven(by: directory, releasedAt: releasedAt, now: now)
    }

    /// Proves the same of a message that lies in its recipient's mailbox: expiry ends delivery, not reading.
    ///
    /// The certificates must have been valid at the date-time of origin, and not be revoked now.
    public func verifiedForReading(by directory: Directory, now: Timestamp) throws(EnvelopeError) -> VerifiedEnvelope {
        try proven(by: directory, releasedAt: header.dateTime, now: now)
    }

    /// Proves that the named originator signed the header, whatever has become of the body.
    ///
    /// - Parameter time: when a log took the message in: the certificates must have been valid then, and not be revoked.
    /// - Returns: who signed it.
    public func provenHeader(by directory: Directory, at time: Timestamp) throws(EnvelopeError) -> SignerRecord {
        guard header.realm == directory.realm else {
            throw EnvelopeError(.wrongRealm, "expected realm `\(directory.realm)`, got `\(header.realm)`")
        }
        try checkOrigin(at: time)
        let signer = try signer(in: directory, signedAt: time, now: time)
        try checkSignature(signer)
        return signer
    }

    private func proven(by directory: Directory, releasedAt: Timestamp?, now: Timestamp)
        throws(EnvelopeError) -> VerifiedEnvelope
    {
        guard header.realm == directory.realm else {
            throw EnvelopeError(.wrongRealm, "expected realm `\(directory.realm)`, got `\(header.realm)`")
        }
        try checkOrigin(at: now)
        try checkBodySize()
        let signer = try signer(in: directory, signedAt: releasedAt ?? now, now: now)
        try checkSignature(signer)
        // Hashing a large body costs more than a signature: nobody gets it done without one.
        try checkBodyDigest()
        try checkRecipients(in: directory)
        try checkRecipientKeys(in: directory, mustBeGoodAt: releasedAt == nil ? now : nil)
        return VerifiedEnvelope(received: self, signer: signer)
    }

    private func checkOrigin(at now: Timestamp) throws(EnvelopeError) {
        guard header.dateTime <= now.adding(seconds: Self.toleratedSkew) else {
            throw EnvelopeError(
                .invalidTime,
                "the date-time of origin `\(header.dateTime)` is more than 2 hours ahead of `\(now)`"
            )
        }
    }

    private func checkBodySize() throws(EnvelopeError) {
        guard envelope.body.count == header.body.size else {
            throw EnvelopeError(
                .bodyMismatch,
                "expected a body of \(header.body.size) bytes, got \(envelope.body.count)"
            )
        }
    }

    private func checkBodyDigest() throws(EnvelopeError) {
        let digest = SHA256Digest.hash(envelope.body)
        guard digest == header.body.digest else {
            throw EnvelopeError(.bodyMismatch, "expected the body `\(header.body.digest)`, got `\(digest)`")
        }
    }

    private func signer(in directory: Directory, signedAt: Timestamp, now: Timestamp)
        throws(EnvelopeError) -> SignerRecord
    {
        let signer: SignerRecord
        do {
            signer = try directory.signer(signedHeader.signerKeyIdentifier, signedAt: signedAt, now: now)
        } catch {
            throw EnvelopeError(.unknownSigner, "\(error)")
        }
        guard signer.address == header.originator else {
            throw EnvelopeError(
                .signerNotOriginator,
                "expected the signature of `\(header.originator)`, got that of `\(signer.address)`"
            )
        }
        return signer
    }

    private func checkSignature(_ signer: SignerRecord) throws(EnvelopeError) {
        do {
            try signedHeader.verify(signer: signer.certificate)
        } catch {
            throw EnvelopeError(.invalidSignature, "\(error)")
        }
        guard signedHeader.signingTime == header.dateTime.secondsSinceEpoch else {
            throw EnvelopeError(.attributeMismatch, "the signing time differs from the date-time of origin")
        }
        for attribute in try header.signedAttributes(originator: signer.id)
        where signedHeader.attribute(attribute.oid) != attribute.der {
            throw EnvelopeError(
                .attributeMismatch,
                "the signed attribute \(attribute.oid) differs from what the header says"
            )
        }
    }

    private func checkRecipients(in directory: Directory) throws(EnvelopeError) {
        for recipient in header.recipients where directory.mailbox(recipient) == nil {
            throw EnvelopeError(
                .unknownRecipient,
                "no sheet of realm `\(directory.realm)` lists mailbox `\(recipient)`"
            )
        }
    }

    private func checkRecipientKeys(in directory: Directory, mustBeGoodAt now: Timestamp?) throws(EnvelopeError) {
        let keys: [KeyIdentifier]
        do {
            keys = try CMSEncryption.recipients(of: envelope.body)
        } catch {
            throw EnvelopeError(.malformedBody, "\(error)")
        }
        let holders = keys.map { directory.mailbox(encryptingTo: $0) }
        guard holders.compactMap(\.self).sorted() == header.recipients, keys.count == header.recipients.count else {
            let got = holders.map { $0?.description ?? "an unknown key" }.joined(separator: ", ")
            throw EnvelopeError(
                .recipientKeysMismatch,
                "expected the body encrypted to one key of each recipient and to no other, got `\(got)`"
            )
        }
        guard let now else { return }
        for (key, holder) in zip(keys, holders.compactMap(\.self)) {
            do {
                let good = try directory.encryptionCertificates(of: holder, now: now)
                guard good.contains(where: { $0.publicKey.keyIdentifier == key }) else {
                    throw EnvelopeError(
                        .recipientKeysMismatch,
                        "the key of `\(holder)` that the body is encrypted to is no longer good: refresh the directory"
                    )
                }
            } catch let error as EnvelopeError {
                throw error
            } catch {
                throw EnvelopeError(.unknownRecipient, "\(error)")
            }
        }
    }
}
