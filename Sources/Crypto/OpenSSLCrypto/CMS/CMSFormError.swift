/// Why a CMS object is not in the one accepted form, or is but does not verify.
///
/// CMS has many spellings of one message, and whoever can respell a message can give it another digest. So each
/// deviation is refused, and each has its own case.
public enum CMSFormError: Error, Hashable, Sendable {
    // MARK: Encoding (X.690 10)
    /// The element that begins at this offset reaches beyond what holds it.
    case truncated(at: Int, missing: Int)
    /// Something follows where nothing may.
    case trailingBytes(at: Int, count: Int)
    /// A length is open, as in BER.
    case indefiniteLength(at: Int)
    /// A length is not in its shortest form, or has more than four octets.
    case nonMinimalLength(at: Int)
    /// An element has another tag than expected.
    case unexpectedElement(expected: String, got: String, at: Int)
    /// A primitive value is not in its one form.
    case invalidValue(of: String, at: Int)
    /// The elements of a SET OF do not stand in the order of their encodings.
    case setOutOfOrder(of: String)

    // MARK: Any CMS object (RFC 5652 3)
    /// The object, or what it holds, is of another type.
    case wrongContentType(expected: String, got: String)
    /// A structure has another version than its accepted form.
    case unsupportedVersion(of: String, expected: Int, got: Int)
    /// An algorithm is not the accepted one.
    case unsupportedAlgorithm(for: String, got: String)
    /// An algorithm has parameters where it must have none.
    case algorithmParameters(of: String)
    /// A key identifier is not one of 20 bytes.
    case keyIdentifierLength(Int)

    // MARK: SignedData (RFC 5652 5)
    /// The content is not inside.
    case detachedContent
    /// Certificates are inside; whoever relays could swap them.
    case certificatesPresent
    /// Revocation lists are inside; whoever relays could swap them.
    case revocationListsPresent
    /// There is not exactly one digest algorithm.
    case digestAlgorithmCount(Int)
    /// There is not exactly one signer.
    case signerCount(Int)
    /// The signer is named by issuer and serial number.
    case signerNotNamedByKeyIdentifier
    /// The message and its signer name different digests.
    case digestAlgorithmsDiffer
    /// The signature is over the content alone.
    case signedAttributesMissing
    /// There are attributes that the signature does not cover.
    case unsignedAttributesPresent
    /// The signature is not the DER of two numbers below the order of the group.
    case malformedSignature
    /// The signature is the other one of the two that are valid for the same bytes.
    case highS

    // MARK: Signed attributes (RFC 5652 11, RFC 5035, RFC 2634)
    /// A required signed attribute is not there.
    case missingAttribute(String)
    /// A signed attribute is there that has no meaning here.
    case unexpectedAttribute(String)
    /// A signed attribute is there twice.
    case duplicateAttribute(String)
    /// A signed attribute does not have exactly one value.
    case attributeValueCount(String, Int)
    /// A signed attribute's value is not in its one form.
    case malformedAttribute(String)
    /// The signed content type is not that of the content.
    case contentTypeMismatch(encapsulated: String, signed: String)

    // MARK: Verification
    /// The message names another key than that of the given certificate.
    case signerKeyIdentifierMismatch
    /// The message names another algorithm than that of the given certificate's key.
    case signerKeyAlgorithmMismatch
    /// The signer signed the hash of another certificate than the given one.
    case signingCertificateMismatch
    /// The content was changed after signing.
    case messageDigestMismatch
    /// The signature is not one of the given certificate's key over the signed attributes.
    case invalidSignature

    // MARK: AuthEnvelopedData (RFC 5083, RFC 5753)
    /// Certificates or revocation lists of the originator are inside.
    case originatorInfoPresent
    /// Nobody can open the message.
    case noRecipients
    /// A recipient is addressed by key transport, password or another means.
    case recipientNotByKeyAgreement
    /// A recipient is named by issuer and serial number.
    case recipientNotNamedByKeyIdentifier
    /// A key agreement is not for exactly one recipient.
    case recipientKeyCount(Int)
    /// A recipient's key identifier carries more than the identifier.
    case recipientKeyDatePresent
    /// A recipient is there twice.
    case duplicateRecipient(String)
    /// A key agreement is with a static key of the originator.
    case originatorKeyNotEphemeral
    /// An ephemeral key is not an uncompressed point of an accepted curve.
    case originatorKeyMalformed
    /// A key agreement has additional input.
    case userKeyingMaterialPresent
    /// A wrapped key is not that of a 256-bit key.
    case encryptedKeyLength(Int)
    /// The nonce is not one of 12 bytes.
    case nonceLength(Int)
    /// The authentication tag is not one of 16 bytes.
    case tagLength(Int)
    /// There are attributes beside the content.
    case authenticatedAttributesPresent
    /// There are attributes that the authentication tag does not cover.
    case unauthenticatedAttributesPresent

    // MARK: Signed receipt (RFC 2634 2.5)
    /// The message asks for no receipt, so none can be for it.
    case receiptNotRequested
    /// The receipt names another content type than that of the message.
    case receiptForOtherContent
    /// The receipt names another content identifier than that of the message.
    case receiptForOtherIdentifier
    /// The receipt repeats another signature than that of the message.
    case receiptForOtherSignature
    /// The receipt signs the digest of other signed attributes than those of the message.
    case receiptForOtherAttributes
}

extension CMSFormError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let offset, let missing): "truncated: \(missing) bytes missing at offset \(offset)"
        case .trailingBytes(let offset, let count): "\(count) trailing bytes at offset \(offset), expected none"
        case .indefiniteLength(let offset): "indefinite length at offset \(offset), expected DER"
        case .nonMinimalLength(let offset): "length at offset \(offset) is not in its shortest form, expected DER"
        case .unexpectedElement(let expected, let got, let offset):
            "expected \(expected) at offset \(offset), got \(got)"
        case .invalidValue(let type, let offset): "\(type) at offset \(offset) is not in its one accepted form"
        case .setOutOfOrder(let set): "\(set) are not in DER order"

        case .wrongContentType(let expected, let got): "expected content type `\(expected)`, got `\(got)`"
        case .unsupportedVersion(let what, let expected, let got): "expected version \(expected) of \(what), got \(got)"
        case .unsupportedAlgorithm(let purpose, let got): "unsupported algorithm `\(got)` for \(purpose)"
        case .algorithmParameters(let algorithm): "parameters of \(algorithm) are not the accepted ones"
        case .keyIdentifierLength(let got): "expected a key identifier of 20 bytes, got \(got)"

        case .detachedContent: "the content is detached, expected it inside"
        case .certificatesPresent: "certificates are present, expected none"
        case .revocationListsPresent: "revocation lists are present, expected none"
        case .digestAlgorithmCount(let got): "expected 1 digest algorithm, got \(got)"
        case .signerCount(let got): "expected 1 signer, got \(got)"
        case .signerNotNamedByKeyIdentifier: "the signer is not named by its subject key identifier"
        case .digestAlgorithmsDiffer: "message and signer name different digest algorithms"
        case .signedAttributesMissing: "there are no signed attributes"
        case .unsignedAttributesPresent: "unsigned attributes are present, expected none"
        case .malformedSignature:
            "the signature is not an ECDSA signature in DER with both numbers below the group order"
        case .highS: "the signature has a high s, expected it at most half the group order"

        case .missingAttribute(let attribute): "signed attribute \(attribute) is missing"
        case .unexpectedAttribute(let attribute): "signed attribute \(attribute) is not expected here"
        case .duplicateAttribute(let attribute): "signed attribute \(attribute) occurs twice"
        case .attributeValueCount(let attribute, let got):
            "expected 1 value of signed attribute \(attribute), got \(got)"
        case .malformedAttribute(let attribute): "signed attribute \(attribute) is not in its one accepted form"
        case .contentTypeMismatch(let encapsulated, let signed):
            "the content is `\(encapsulated)` but the signed attribute says `\(signed)`"

        case .signerKeyIdentifierMismatch: "the message names another signer's key than the certificate's"
        case .signerKeyAlgorithmMismatch: "the signature algorithm does not fit the key of the signer's certificate"
        case .signingCertificateMismatch: "the signed certificate hash is not that of the signer's certificate"
        case .messageDigestMismatch: "the content does not have the signed digest"
        case .invalidSignature: "the signature does not verify under the signer's certificate"

        case .originatorInfoPresent: "originator information is present, expected none"
        case .noRecipients: "there are no recipients"
        case .recipientNotByKeyAgreement: "a recipient is not addressed by key agreement"
        case .recipientNotNamedByKeyIdentifier: "a recipient is not named by its subject key identifier"
        case .recipientKeyCount(let got): "expected 1 encrypted key for each recipient, got \(got)"
        case .recipientKeyDatePresent:
            "a recipient's key identifier carries a date or another attribute, expected neither"
        case .duplicateRecipient(let identifier): "recipient `\(identifier)` occurs twice"
        case .originatorKeyNotEphemeral: "a recipient's originator is not an ephemeral key"
        case .originatorKeyMalformed: "an ephemeral key is not an uncompressed point of P-256 or P-384"
        case .userKeyingMaterialPresent: "user keying material is present, expected none"
        case .encryptedKeyLength(let got): "expected a wrapped key of 40 bytes, got \(got)"
        case .nonceLength(let got): "expected a nonce of 12 bytes, got \(got)"
        case .tagLength(let got): "expected an authentication tag of 16 bytes, got \(got)"
        case .authenticatedAttributesPresent: "authenticated attributes are present, expected none"
        case .unauthenticatedAttributesPresent: "unauthenticated attributes are present, expected none"

        case .receiptNotRequested: "the message does not request a receipt"
        case .receiptForOtherContent: "the receipt is for another content type"
        case .receiptForOtherIdentifier: "the receipt is for another content identifier"
        case .receiptForOtherSignature: "the receipt is for another signature"
        case .receiptForOtherAttributes: "the receipt is for other signed attributes"
        }
    }
}
