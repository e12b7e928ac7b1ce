import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
package import MessageEnvelope
import NIOCore
import RelayTransport
import TestSupport

extension RunningCoalition {
    /// A node did not take what it should.
    package struct NotTaken: Error, CustomStringConvertible {
        package let description: String
    }

    /// Submits a message to its originator's node.
    @discardableResult
    package func hand(in envelope: Envelope) async throws -> MessageID {
        let header = try ReceivedEnvelope(envelope).header
        try await post(envelope.bytes, Envelope.mediaType, to: "/v1/messages", as: header.originator.description)
        return header.id
    }

    /// Opens a message that lies in the recipient's mailbox, and posts the receipt.
    package func acknowledge(_ envelope: Envelope, as recipient: String) async throws {
        let receipt = try receipt(for: envelope, by: recipient)
        let path = "/v1/messages/\(try ReceivedEnvelope(envelope).header.id)/delivery-receipt"
        try await post(receipt, DeliveryReceipt.mediaType, to: path, as: recipient)
    }

    /// The receipt of a mailbox that has decrypted the message, as it is now.
    package func receipt(for envelope: Envelope, by recipient: String) throws -> [UInt8] {
        let keys = try fixture.mailbox(recipient)
        let verified = try ReceivedEnvelope(envelope).verified(by: fixture.directory, releasedAt: .now(), now: .now())
        let opened = try verified.open(
            as: try MailboxAddress(recipient),
            keys: [(keys.encryption.certificate, keys.encryption.key)]
        )
        return try opened.receipt(certificate: keys.signing.certificate, key: keys.signing.key, at: .now()).bytes
    }

    private func post(_ bytes: [UInt8], _ type: String, to path: String, as address: String) async throws {
        let client = try connect(as: address)
        let answer = try await client.send(
            WireClientRequest(
                method: .post,
                path: path,
                headers: [.contentType: type],
                body: ByteBuffer(bytes: bytes)
            )
        )
        await client.close()
        guard answer.status == .created else {
            throw NotTaken(description: "\(path): \(answer.status), \(String(buffer: answer.body))")
        }
    }
}
