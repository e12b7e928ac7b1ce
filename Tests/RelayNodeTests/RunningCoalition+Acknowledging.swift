import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import RelayTransport
import TestSupport
import Testing

extension RunningCoalition {
    /// Opens a message that lies in the recipient's mailbox, and posts the receipt.
    func acknowledge(_ envelope: Envelope, as recipient: String) async throws {
        let keys = try fixture.mailbox(recipient)
        let verified = try ReceivedEnvelope(envelope).verified(by: fixture.directory, releasedAt: .now(), now: .now())
        let opened = try verified.open(
            as: try MailboxAddress(recipient),
            keys: [(keys.encryption.certificate, keys.encryption.key)]
        )
        let receipt = try opened.receipt(certificate: keys.signing.certificate, key: keys.signing.key, at: .now())
        let client = try connect(as: recipient)
        let path = "/v1/messages/\(verified.header.id)/delivery-receipt"
        let answer = try await client.post(path, DeliveryReceipt.mediaType, receipt.bytes)
        await client.close()
        #expect(answer.status == .created, "\(String(buffer: answer.body))")
    }
}
