import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import TestSupport

/// What the messages of these tests are made of where a test does not care.
enum Sealing {
    static func label(
        owner: String = "GBR",
        _ classification: String = "SECRET",
        compartments: [String] = [],
        caveats: [String] = [],
        releasableTo: [String]? = ["DEU", "FRA"],
        community: String? = nil,
        type: String? = "INTREP"
    ) throws -> ConfidentialityLabel {
        try ConfidentialityLabel(
            policy: LabelPolicyName("EXAMPLE COALITION"),
            owner: LabelOwner(owner),
            classification: Classification(classification),
            compartments: compartments.map { try Compartment($0) },
            caveats: caveats.map { try Caveat($0) },
            releasableTo: releasableTo.map { try $0.map { try ReleasabilityCode($0) } },
            community: community.map { try CommunityName($0) },
            type: type.map { try MessageType($0) }
        )
    }

    static func message(
        from originator: String = "GBR/j2-fusion",
        to recipients: [String] = ["FRA/cni"],
        payload: [UInt8] = Array("Three vessels left harbour at dawn.\n".utf8),
        label: ConfidentialityLabel? = nil
    ) throws -> OutgoingMessage {
        OutgoingMessage(
            originator: try MailboxAddress(originator),
            recipients: Set(try recipients.map { try MailboxAddress($0) }),
            label: try label ?? Self.label(),
            precedence: .priority,
            description: ContentDescription(subject: "Harbour", mediaType: "text/plain; charset=utf-8"),
            payload: payload
        )
    }

    static func id(at time: Timestamp = CoalitionFixture.time) throws -> MessageID {
        try MessageID.generate(at: time)
    }
}

extension CoalitionFixture {
    func signer(_ address: String) throws -> CMSSigner {
        let signing = try mailbox(address).signing
        return CMSSigner(certificate: signing.certificate, key: signing.key)
    }

    /// Seals a message as its originator would; the message is the usual one unless a test gives its own.
    func seal(_ message: OutgoingMessage? = nil, id: MessageID? = nil) throws -> Envelope {
        let message = try message ?? Sealing.message()
        return try message.seal(
            id: id ?? Sealing.id(at: time),
            signer: signer("\(message.originator)"),
            directory: directory
        )
    }

    func verify(_ envelope: Envelope, now: Timestamp? = nil) throws(EnvelopeError) -> VerifiedEnvelope {
        try ReceivedEnvelope(bytes: envelope.bytes).verified(by: directory, releasedAt: nil, now: now ?? time)
    }

    func open(_ envelope: VerifiedEnvelope, as address: String) throws -> OpenedMessage {
        let encryption = try mailbox(address).encryption
        return try envelope.open(
            as: MailboxAddress(address),
            keys: [(certificate: encryption.certificate, key: encryption.key)]
        )
    }
}
