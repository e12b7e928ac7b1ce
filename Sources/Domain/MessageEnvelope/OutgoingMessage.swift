import CanonicalEncoding
public import CoalitionDirectory
public import OpenSSLCrypto
public import SecurityLabels

/// A message as its originator wants it, before it is encrypted and signed.
public struct OutgoingMessage: Sendable {
    public var originator: MailboxAddress
    public var recipients: Set<MailboxAddress>
    public var label: ConfidentialityLabel
    public var precedence: Precedence
    public var references: MessageReferences
    /// Seconds from the date-time of origin to expiry, at most 30 days.
    public var life: Int64
    public var description: ContentDescription
    public var payload: [UInt8]

    /// The largest payload that fits into a body, in bytes: 16 MiB.
    public static let maximumPayloadSize = 16 * 1024 * 1024
    /// The life of a message for which nothing else is said, in seconds: 7 days.
    public static let usualLife: Int64 = 7 * 86_400

    public init(
        originator: MailboxAddress,
        recipients: Set<MailboxAddress>,
        label: ConfidentialityLabel,
        precedence: Precedence,
        references: MessageReferences = MessageReferences(),
        life: Int64 = OutgoingMessage.usualLife,
        description: ContentDescription,
        payload: [UInt8]
    ) {
        self.originator = originator
        self.recipients = recipients
        self.label = label
        self.precedence = precedence
        self.references = references
        self.life = life
        self.description = description
        self.payload = payload
    }

    /// Encrypts to the recipients' preferred keys in `directory`, binds, signs; the message belongs to its realm.
    ///
    /// - Parameter id: fresh; its time becomes the date-time of origin.
    /// - Throws: ``EnvelopeError`` for whatever the originator's own node or a recipient would refuse later.
    public func seal(
        id: MessageID,
        signer: CMSSigner,
        directory: Directory
    ) throws(EnvelopeError) -> Envelope {
        guard payload.count <= Self.maximumPayloadSize else {
            throw EnvelopeError(
                .tooLarge,
                "expected a payload of at most \(Self.maximumPayloadSize) bytes, got \(payload.count)"
            )
        }
        guard (1...MessageHeader.longestLife).contains(life) else {
            throw EnvelopeError(
                .invalidTime,
                "expected a life of 1 to \(MessageHeader.longestLife) seconds (30 days), got \(life)"
            )
        }
        try description.check()
        let identity = try identity(of: signer, in: directory, at: id.time)
        let recipients = recipients.sorted()
        var certificates: [Certificate] = []
        for recipient in recipients {
            do {
                certificates.append(
                    contentsOf: try directory.encryptionCertificates(of: recipient, now: id.time).prefix(1)
                )
            } catch {
                throw EnvelopeError(.unknownRecipient, "\(error)")
            }
        }
        do {
            let draft = try header(
                id: id,
                recipients: recipients,
                realm: directory.realm,
                body: CiphertextReference(of: []),
                commitment: .hash([])
            )
            let content = MessageContent(
                binding: draft.binding,
                salt: try SecureRandom.bytes(32),
                description: description,
                payload: payload
            ).bytes
            let body = try CMSEncryption.encrypt(content, to: certificates)
            let header = try header(
                id: id,
                recipients: recipients,
                realm: directory.realm,
                body: CiphertextReference(of: body),
                commitment: .hash(content)
            )
            let signed = try signer.sign(
                header.canonicalBytes,
                signingTime: header.dateTime.secondsSinceEpoch,
                attributes: try header.signedAttributes(originator: identity.id)
            )
            let envelope = Envelope(header: signed, body: body)
            // INVARIANT: nothing is sealed that would be refused for its form.
            try envelope.checkSize()
            _ = try ReceivedEnvelope(envelope)
            return envelope
        } catch let error as EnvelopeError {
            throw error
        } catch {
            throw EnvelopeError(.malformedEnvelope, "cannot seal the message: \(error)")
        }
    }

    private func identity(of signer: CMSSigner, in directory: Directory, at time: Timestamp)
        throws(EnvelopeError) -> SignerRecord
    {
        let identity: SignerRecord
        do {
            let key = signer.certificate.publicKey.keyIdentifier
            identity = try directory.signer(key, signedAt: time, now: time)
        } catch {
            throw EnvelopeError(.unknownSigner, "\(error)")
        }
        guard identity.address == originator else {
            throw EnvelopeError(
                .signerNotOriginator,
                "expected the signing certificate of `\(originator)`, got that of `\(identity.address)`"
            )
        }
        guard identity.certificate == signer.certificate else {
            throw EnvelopeError(
                .unknownSigner,
                "the sheet lists another certificate for the key of `\(originator)`: sign with that one"
            )
        }
        return identity
    }

    private func header(
        id: MessageID,
        recipients: [MailboxAddress],
        realm: Realm,
        body: CiphertextReference,
        commitment: SHA256Digest
    ) throws(EnvelopeError) -> MessageHeader {
        try MessageHeader(
            id: id,
            originator: originator,
            recipients: recipients,
            label: label,
            precedence: precedence,
            realm: realm,
            dateTime: id.time,
            expires: id.time.adding(seconds: life),
            references: references,
            body: body,
            commitment: commitment
        )
    }
}
