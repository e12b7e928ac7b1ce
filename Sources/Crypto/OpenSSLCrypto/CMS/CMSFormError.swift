/// Why a CMS object is not in the one accepted form, or is but does not verify.
///
/// CMS has many spellings of one message, and whoever can respell a message can give it another digest. So each
/// deviation is refused, and each has its own case.
public enum CMSFormError: Error, Hashable, Sendable {
    // Encoding (X.690 10)
    case truncated(at: Int, missing: Int)
    case trailingBytes(at: Int, count: Int)
    case indefiniteLength(at: Int)
    case nonMinimalLength(at: Int)
    case unexpectedElement(expected: String, got: String, at: Int)
    case invalidValue(of: String, at: Int)
    case setOutOfOrder(of: String)

    // Any CMS object (RFC 5652 3)
    case wrongContentType(expected: String, got: String)
    case unsupportedVersion(of: String, expected: Int, got: Int)
    case unsupportedAlgorithm(for: String, got: String)
    case algorithmParameters(of: String)
    case keyIdentifierLength(Int)

    // SignedData (RFC 5652 5)
    case detachedContent
    case certificatesPresent
    case revocationListsPresent
    case digestAlgorithmCount(Int)
    case signerCount(Int)
    case signerNotNamedByKeyIdentifier
    case digestAlgorithmsDiffer
    case signedAttributesMissing
    case unsignedAttributesPresent
    case malformedSignature
    case highS

    // Signed attributes (RFC 5652 11, RFC 5035, RFC 2634)
    case missingAttribute(String)
    case unexpectedAttribute(String)
    case duplicateAttribute(String)
    case attributeValueCount(String, Int)
    case malformedAttribute(String)
    case contentTypeMismatch(encapsulated: String, signed: String)

    // Verification
    case signerKeyIdentifierMismatch
    case signerKeyAlgorithmMismatch
    case signingCertificateMismatch
    case messageDigestMismatch
    case invalidSignature

    // AuthEnvelopedData (RFC 5083, RFC 5753)
    case originatorInfoPresent
    case noRecipients
    case recipientNotByKeyAgreement
    case recipientNotNamedByKeyIdentifier
    case recipientKeyCount(Int)
    case recipientKeyDatePresent
    case duplicateRecipient(String)
    case originatorKeyNotEphemeral
    case originatorKeyMalformed
    case userKeyingMaterialPresent
    case encryptedKeyLength(Int)
    case nonceLength(Int)
    case tagLength(Int)
    case authenticatedAttributesPresent
    case unauthenticatedAttributesPresent

    // Signed receipt (RFC 2634 2.5)
    case receiptNotRequested
    case receiptForOtherContent
    case receiptForOtherIdentifier
    case receiptForOtherSignature
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
