import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels

/// Messages sealed before the clock runs.
struct PreparedMessages {
    struct Message: Sendable {
        let id: MessageID
        let bytes: [UInt8]
    }

    let messages: [Message]

    init(
        count: Int,
        size: Int,
        from sender: ExampleCoalition.Member,
        to recipient: MailboxAddress,
        label: ConfidentialityLabel,
        directory: Directory
    ) throws {
        let outgoing = OutgoingMessage(
            originator: sender.address,
            recipients: [recipient],
            label: label,
            precedence: .routine,
            description: ContentDescription(subject: "load", mediaType: "application/octet-stream"),
            payload: [UInt8](repeating: 0x5a, count: size)
        )
        messages = try (0..<count).map { _ in
            let id = try MessageID.generate(at: .now())
            let envelope = try outgoing.seal(id: id, signer: sender.signer, directory: directory)
            return Message(id: id, bytes: envelope.bytes)
        }
    }
}
