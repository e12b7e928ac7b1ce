/// Why an envelope is refused: a code that the other side can read and the reason in words.
public struct EnvelopeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reasons. Raw values are part of the wire API and of the log, and never change.
    public enum Code: String, Sendable, CaseIterable {
        case malformedEnvelope = "malformed-envelope"
        case malformedHeader = "malformed-header"
        case unknownVersion = "unknown-version"
        case wrongRealm = "wrong-realm"
        case invalidTime = "invalid-time"
        case expired = "expired"
        case tooLarge = "too-large"
        case bodyMismatch = "body-mismatch"
        case malformedBody = "malformed-body"
        case unknownSigner = "unknown-signer"
        case signerNotOriginator = "signer-not-originator"
        case invalidSignature = "invalid-signature"
        case attributeMismatch = "attribute-mismatch"
        case unknownRecipient = "unknown-recipient"
        case recipientKeysMismatch = "recipient-keys-mismatch"
        case notARecipient = "not-a-recipient"
        case decryptionFailed = "decryption-failed"
        case bindingMismatch = "binding-mismatch"
        case commitmentMismatch = "commitment-mismatch"
        case malformedContent = "malformed-content"
        case malformedReceipt = "malformed-receipt"
    }

    public let code: Code
    /// What was expected and what came; no secrets in it.
    public let detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}
