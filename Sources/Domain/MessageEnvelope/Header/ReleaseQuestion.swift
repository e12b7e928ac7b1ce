public import CanonicalEncoding
public import CoalitionDirectory
public import SecurityLabels

/// What a release would be decided on: label, precedence and recipients, before anything is encrypted.
public struct ReleaseQuestion: Hashable, Sendable {
    public let label: ConfidentialityLabel
    public let precedence: Precedence
    /// In ascending order, each once.
    public let recipients: [MailboxAddress]
    /// When the message would expire; nil where that is not known yet.
    public let expires: Timestamp?

    public init(
        label: ConfidentialityLabel,
        precedence: Precedence,
        recipients: Set<MailboxAddress>,
        expires: Timestamp? = nil
    ) {
        self.label = label
        self.precedence = precedence
        self.recipients = recipients.sorted()
        self.expires = expires
    }

    public init(_ header: MessageHeader) {
        label = header.label
        precedence = header.precedence
        recipients = header.recipients
        expires = header.expires
    }

    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "label": label.json,
            "precedence": .string(precedence.name),
            "recipients": .array(recipients.map { .string($0.description) }),
        ]
        members["expires"] = expires.map { .string($0.rfc3339) }
        return .object(members)
    }

    /// Reads the JSON of a question; unknown fields are refused.
    public init(bytes: [UInt8]) throws(EnvelopeError) {
        let value: JSONValue
        do {
            value = try JSONValue.parse(bytes, maximumSize: MessageHeader.maximumSize, maximumDepth: 4)
        } catch {
            throw EnvelopeError(.malformedHeader, error.description)
        }
        var fields = try JSONFields(value, of: "question")
        label = try ConfidentialityLabel(json: try fields.value("label"))
        precedence = try fields.precedence("precedence")
        let recipients = try fields.array("recipients") { text throws(IdentifierError) in try MailboxAddress(text) }
        expires = try fields.optionalTime("expires")
        try fields.finish()
        guard !recipients.isEmpty, recipients.count <= MessageHeader.maximumRecipients else {
            throw EnvelopeError(
                .malformedHeader,
                "expected 1 to \(MessageHeader.maximumRecipients) recipients, got \(recipients.count)"
            )
        }
        self.recipients = Set(recipients).sorted()
    }
}
