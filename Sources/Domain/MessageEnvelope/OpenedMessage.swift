public import CoalitionDirectory
public import OpenSSLCrypto

/// A message that its recipient has decrypted and whose every promise holds.
public struct OpenedMessage: Sendable {
    public let header: MessageHeader
    public let description: ContentDescription
    public let payload: [UInt8]
    let signedHeader: CMSSignedMessage
}

extension VerifiedEnvelope {
    /// Decrypts the body with one of the recipient's keys and checks tag, binding and commitment.
    ///
    /// - Parameter keys: the recipient's encryption certificates with their keys, old ones too.
    /// - Throws: ``EnvelopeError``; nothing of the plaintext is given out unless everything matches.
    public func open(as recipient: MailboxAddress, keys: [(certificate: Certificate, key: PrivateKey)])
        throws(EnvelopeError) -> OpenedMessage
    {
        guard header.recipients.contains(recipient) else {
            throw EnvelopeError(.notARecipient, "the message is not addressed to `\(recipient)`")
        }
        let plaintext: [UInt8]
        do {
            let identifiers = try CMSEncryption.recipients(of: envelope.body)
            guard let own = keys.first(where: { identifiers.contains($0.certificate.publicKey.keyIdentifier) }) else {
                throw EnvelopeError(.decryptionFailed, "none of the given keys is one that the body is encrypted to")
            }
            plaintext = try CMSEncryption.decrypt(envelope.body, certificate: own.certificate, key: own.key)
        } catch let error as EnvelopeError {
            throw error
        } catch {
            throw EnvelopeError(.decryptionFailed, "\(error)")
        }
        guard SHA256Digest.hash(plaintext) == header.commitment else {
            throw EnvelopeError(.commitmentMismatch, "the content is not the one that the header commits to")
        }
        let content = try MessageContent(bytes: plaintext)
        guard content.binding == header.binding else {
            throw EnvelopeError(.bindingMismatch, "the content was made for another header")
        }
        return OpenedMessage(
            header: header,
            description: content.description,
            payload: content.payload,
            signedHeader: received.signedHeader
        )
    }
}
