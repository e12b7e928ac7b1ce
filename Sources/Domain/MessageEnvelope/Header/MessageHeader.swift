public import CanonicalEncoding
public import CoalitionDirectory
public import OpenSSLCrypto
public import SecurityLabels

/// What every node on the way may read of a message, signed by the originator.
///
/// The JSON that ``canonicalBytes`` gives is what is signed; see `Docs/envelope.md` for each field.
public struct MessageHeader: Hashable, Sendable {
    /// The version of the header format.
    public static let version: Int64 = 1
    /// The longest time between origin and expiry, in seconds: 30 days.
    public static let longestLife: Int64 = 30 * 86_400
    /// The most recipients that one message may have.
    public static let maximumRecipients = 256
    /// The largest header accepted, in bytes of JSON.
    public static let maximumSize = 64 * 1024

    public let id: MessageID
    public let originator: MailboxAddress
    /// INVARIANT: sorted, unique, 1 to ``maximumRecipients``.
    public let recipients: [MailboxAddress]
    public let label: ConfidentialityLabel
    public let precedence: Precedence
    public let realm: Realm
    /// The date-time of origin.
    public let dateTime: Timestamp
    /// The time after which nobody delivers the message any more.
    public let expires: Timestamp
    public let references: MessageReferences
    public let body: CiphertextReference
    /// SHA-256 of the whole encrypted content, its salt included.
    public let commitment: SHA256Digest

    /// - Throws: ``EnvelopeError`` when a rule that every header must keep is broken.
    public init(
        id: MessageID,
        originator: MailboxAddress,
        recipients: [MailboxAddress],
        label: ConfidentialityLabel,
        precedence: Precedence,
        realm: Realm,
        dateTime: Timestamp,
        expires: Timestamp,
        references: MessageReferences = MessageReferences(),
        body: CiphertextReference,
        commitment: SHA256Digest
    ) throws(EnvelopeError) {
        guard !recipients.isEmpty, recipients.count <= Self.maximumRecipients else {
            throw EnvelopeError(
                .malformedHeader,
                "expected 1 to \(Self.maximumRecipients) recipients, got \(recipients.count)"
            )
        }
        guard zip(recipients, recipients.dropFirst()).allSatisfy(<) else {
            throw EnvelopeError(.malformedHeader, "expected the recipients sorted and each once")
        }
        guard expires > dateTime, expires <= dateTime.adding(seconds: Self.longestLife) else {
            throw EnvelopeError(
                .invalidTime,
                "expected an expiry within 30 days behind the date-time of origin `\(dateTime)`, got `\(expires)`"
            )
        }
        guard id.time == dateTime else {
            throw EnvelopeError(
                .invalidTime,
                "expected the time in the message id to be the date-time of origin `\(dateTime)`, got `\(id.time)`"
            )
        }
        self.id = id
        self.originator = originator
        self.recipients = recipients
        self.label = label
        self.precedence = precedence
        self.realm = realm
        self.dateTime = dateTime
        self.expires = expires
        self.references = references
        self.body = body
        self.commitment = commitment
    }
}

/// The messages that a message answers or changes.
public struct MessageReferences: Hashable, Sendable {
    public var replyTo: MessageID?
    public var supersedes: MessageID?
    public var recalls: MessageID?

    public init(replyTo: MessageID? = nil, supersedes: MessageID? = nil, recalls: MessageID? = nil) {
        self.replyTo = replyTo
        self.supersedes = supersedes
        self.recalls = recalls
    }
}

/// A ciphertext by its size in bytes and its SHA-256.
public struct CiphertextReference: Hashable, Sendable {
    public let size: Int
    public let digest: SHA256Digest

    public init(size: Int, digest: SHA256Digest) {
        self.size = size
        self.digest = digest
    }

    public init(of ciphertext: [UInt8]) {
        self.init(size: ciphertext.count, digest: .hash(ciphertext))
    }
}
