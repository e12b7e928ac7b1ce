/// A CMS AuthEnvelopedData in the one accepted form (RFC 5083): AES-256-GCM, and for each recipient one key agreement
/// with an ephemeral key of the recipient's curve.
///
/// Reading it copies nothing of the ciphertext.
struct AuthEnvelopedDataForm: Sendable {
    /// Who can open it, in the order of the message.
    let recipients: [KeyIdentifier]
    let ciphertext: Range<Int>

    /// Checks the form.
    init(der: [UInt8]) throws(CMSFormError) {
        var reader = DERReader(der)
        var contentInfo = try reader.enter(.sequence)
        try reader.finish()
        let type = try contentInfo.readObjectIdentifier()
        guard type == .authEnvelopedData else {
            throw .wrongContentType(expected: "\(ObjectIdentifier.authEnvelopedData)", got: "\(type)")
        }
        var wrapper = try contentInfo.enter(.context(0))
        try contentInfo.finish()
        var enveloped = try wrapper.enter(.sequence)
        try wrapper.finish()

        let version = try enveloped.readSmallInteger()
        guard version == 0 else { throw .unsupportedVersion(of: "AuthEnvelopedData", expected: 0, got: version) }
        guard enveloped.nextTag != .context(0) else { throw .originatorInfoPresent }
        recipients = try Self.readRecipients(try enveloped.enter(.set), of: der)
        ciphertext = try Self.readEncryptedContent(try enveloped.enter(.sequence), of: der)
        guard enveloped.nextTag != .context(1) else { throw .authenticatedAttributesPresent }
        let tag = try enveloped.read(.octetString)
        guard tag.contents.count == 16 else { throw .tagLength(tag.contents.count) }
        guard enveloped.nextTag != .context(2) else { throw .unauthenticatedAttributesPresent }
        try enveloped.finish()
    }

    private static func readRecipients(
        _ set: DERReader,
        of der: [UInt8]
    ) throws(CMSFormError) -> [KeyIdentifier] {
        var set = set
        guard !set.isAtEnd else { throw .noRecipients }
        var recipients: [KeyIdentifier] = []
        // A set, because a hostile message has room for very many recipients.
        var seen: Set<KeyIdentifier> = []
        var previous: Range<Int>?
        while !set.isAtEnd {
            guard set.nextTag == .context(1) else { throw .recipientNotByKeyAgreement }
            let element = try set.readElement()
            let recipient = try readKeyAgreement(set.enter(element), of: der)
            guard seen.insert(recipient).inserted else { throw .duplicateRecipient(recipient.hex) }
            if let previous, !der[previous].lexicographicallyPrecedes(der[element.range]) {
                throw .setOutOfOrder(of: "recipients")
            }
            previous = element.range
            recipients.append(recipient)
        }
        return recipients
    }

    /// One KeyAgreeRecipientInfo (RFC 5652 6.2.2, RFC 5753 3.1).
    private static func readKeyAgreement(
        _ agreement: DERReader,
        of der: [UInt8]
    ) throws(CMSFormError) -> KeyIdentifier {
        var fields = agreement
        let version = try fields.readSmallInteger()
        guard version == 3 else { throw .unsupportedVersion(of: "KeyAgreeRecipientInfo", expected: 3, got: version) }
        let suite = try readOriginator(try fields.enter(.context(0)), of: der)
        guard fields.nextTag != .context(1) else { throw .userKeyingMaterialPresent }
        try readKeyEncryption(try fields.enter(.sequence), suite: suite)
        var keys = try fields.enter(.sequence)
        try fields.finish()

        guard !keys.isAtEnd else { throw .recipientKeyCount(0) }
        var key = try keys.enter(.sequence)
        var count = 1
        while !keys.isAtEnd {
            _ = try keys.readElement()
            count += 1
        }
        guard count == 1 else { throw .recipientKeyCount(count) }
        guard key.nextTag == .context(0) else { throw .recipientNotNamedByKeyIdentifier }
        var name = try key.enter(.context(0))
        let identifier = try name.read(.octetString).contents
        guard name.isAtEnd else { throw .recipientKeyDatePresent }
        guard let recipient = KeyIdentifier(der[identifier]) else { throw .keyIdentifierLength(identifier.count) }
        let wrapped = try key.read(.octetString).contents
        guard wrapped.count == 40 else { throw .encryptedKeyLength(wrapped.count) }
        try key.finish()
        return recipient
    }

    /// The ephemeral public key; returns what goes with its curve.
    private static func readOriginator(
        _ originator: DERReader,
        of der: [UInt8]
    ) throws(CMSFormError) -> CurveSuite {
        var originator = originator
        guard originator.nextTag == .context(1) else { throw .originatorKeyNotEphemeral }
        var key = try originator.enter(.context(1))
        try originator.finish()
        var algorithm = try key.enter(.sequence)
        let identifier = try algorithm.readObjectIdentifier()
        guard identifier == .ecPublicKey else {
            throw .unsupportedAlgorithm(for: "ephemeral key", got: "\(identifier)")
        }
        // RFC 5753 3.1.1 allows the curve here as well; it is the recipient's, and one spelling is enough.
        guard algorithm.isAtEnd else { throw .algorithmParameters(of: "ephemeral key") }
        let bits = try key.read(.bitString).contents
        try key.finish()
        // No unused bits, uncompressed.
        guard der[bits].first == 0,
            let suite = CurveSuite.allCases.first(where: { $0.pointByteCount == bits.count - 1 }),
            suite.hasPoint(der[bits].dropFirst())
        else { throw .originatorKeyMalformed }
        return suite
    }

    private static func readKeyEncryption(
        _ algorithm: DERReader,
        suite: CurveSuite
    ) throws(CMSFormError) {
        var algorithm = algorithm
        let identifier = try algorithm.readObjectIdentifier()
        guard identifier == suite.keyDerivationIdentifier else {
            throw .unsupportedAlgorithm(for: "key derivation", got: "\(identifier)")
        }
        var wrap = try algorithm.enter(.sequence)
        try algorithm.finish()
        let wrapIdentifier = try wrap.readObjectIdentifier()
        guard wrapIdentifier == .aes256Wrap else {
            throw .unsupportedAlgorithm(for: "key wrap", got: "\(wrapIdentifier)")
        }
        guard wrap.isAtEnd else { throw .algorithmParameters(of: "key wrap") }
    }

    private static func readEncryptedContent(
        _ content: DERReader,
        of der: [UInt8]
    ) throws(CMSFormError) -> Range<Int> {
        var content = content
        let type = try content.readObjectIdentifier()
        guard type == .data else { throw .wrongContentType(expected: "\(ObjectIdentifier.data)", got: "\(type)") }
        var algorithm = try content.enter(.sequence)
        let identifier = try algorithm.readObjectIdentifier()
        guard identifier == .aes256GCM else {
            throw .unsupportedAlgorithm(for: "content encryption", got: "\(identifier)")
        }
        var parameters = try algorithm.enter(.sequence)
        try algorithm.finish()
        let nonce = try parameters.read(.octetString).contents
        guard nonce.count == 12 else { throw .nonceLength(nonce.count) }
        guard !parameters.isAtEnd else { throw .tagLength(12) }
        let tagLength = try parameters.readSmallInteger()
        guard tagLength == 16 else { throw .tagLength(tagLength) }
        try parameters.finish()
        guard !content.isAtEnd else { throw .detachedContent }
        let ciphertext = try content.read(.contextPrimitive(0))
        try content.finish()
        return ciphertext.contents
    }
}
