import CanonicalEncoding
public import CoalitionDirectory
import HTTPTypes
public import MessageEnvelope
public import OpenSSLCrypto
import RelayTransport

/// A message that this mailbox has verified and decrypted, and so may acknowledge.
///
/// INVARIANT: made only by ``MailboxClient/open(_:)``.
public struct DeliveredMessage: Sendable {
    public let content: OpenedMessage
    /// The digest of the envelope.
    public let digest: SHA256Digest

    public var header: MessageHeader { content.header }

    fileprivate init(content: OpenedMessage, digest: SHA256Digest) {
        self.content = content
        self.digest = digest
    }
}

/// What a node gives for a delivery receipt, checked by the client.
public struct Acknowledgement: Sendable {
    /// The log's entries about the receipt, each proven.
    public let receipts: [LogReceipt]
    /// Whether the node had the receipt already; then these are its entries of that time.
    public let isDuplicate: Bool
}

extension MailboxClient {
    /// A page of the mailbox's inbox, oldest first.
    ///
    /// - Parameters:
    ///   - after: the number behind which the page begins; 0 for the beginning.
    ///   - limit: how many messages at most, 1 to 500.
    public func inbox(after: Int64 = 0, limit: Int = 100) async throws(ClientError) -> InboxPage {
        let path = "/v1/mailboxes/\(address.mailbox)/messages?after=\(after)&limit=\(limit)"
        return try InboxPage(json: try NodeConnection.json(try await connection.get(path)))
    }

    /// The envelope of a message in the mailbox's inbox.
    ///
    /// - Parameter originator: who sent it; needed only where several senders have used the same id.
    public func fetch(_ id: MessageID, originator: MailboxAddress? = nil) async throws(ClientError) -> Envelope {
        let response = try await connection.get("/v1/messages/\(id)\(Self.query(originator))")
        do {
            return try Envelope(bytes: response.bytes)
        } catch {
            throw .envelope(error)
        }
    }

    /// Proves who sent an envelope, decrypts it, and checks tag, binding and commitment.
    ///
    /// Certificates are judged at the date-time of origin, for the node has judged them at the time of release and
    /// messages outlive certificates; revocation is judged now. A message that has expired since it was delivered opens.
    ///
    /// - Throws: ``ClientError/envelope(_:)``; then nothing of the content is given out.
    public func open(_ envelope: Envelope) throws(ClientError) -> DeliveredMessage {
        do throws(EnvelopeError) {
            let received = try ReceivedEnvelope(envelope)
            let verified = try received.verifiedForReading(by: directory, now: clock())
            let content = try verified.open(
                as: address,
                keys: credentials.encryption.map { ($0.certificate, $0.key) }
            )
            return DeliveredMessage(content: content, digest: received.digest)
        } catch {
            throw .envelope(error)
        }
    }

    /// Signs that the mailbox has decrypted the message and sends that to the originator, by way of the node's log.
    ///
    @discardableResult
    public func acknowledge(_ message: DeliveredMessage) async throws(ClientError) -> Acknowledgement {
        let receipt: DeliveryReceipt
        do {
            receipt = try message.content.receipt(
                certificate: credentials.signing.certificate,
                key: credentials.signing.key,
                at: clock()
            )
        } catch {
            throw .envelope(error)
        }
        let response = try NodeConnection.success(
            try await connection.post(
                "/v1/messages/\(message.header.id)/delivery-receipt\(Self.query(message.header.originator))",
                mediaType: DeliveryReceipt.mediaType,
                body: receipt.bytes
            )
        )
        guard let elements = try NodeConnection.json(response)["entries"]?.arrayValue else {
            throw .malformedAnswer("expected `entries` in the answer to a delivery receipt")
        }
        let node = try homeNode()
        do throws(LogReceiptError) {
            var receipts: [LogReceipt] = []
            for element in elements {
                let entry = try LogReceipt(json: element)
                try entry.verify(log: node.log)
                guard entry.message == message.header.id, entry.envelope == message.digest else {
                    throw LogReceiptError(.wrongEntry, "an entry of the answer is about another message")
                }
                receipts.append(entry)
            }
            guard receipts.contains(where: { $0.kind == "delivery" }) else {
                throw LogReceiptError(.missing, "no entry says that the delivery receipt was taken on")
            }
            return Acknowledgement(receipts: receipts, isDuplicate: response.status == .ok)
        } catch {
            throw .receipt(error)
        }
    }

    private static func query(_ originator: MailboxAddress?) -> String {
        // The slash may stand in a query as it is (RFC 3986 section 3.4).
        originator.map { "?originator=\($0)" } ?? ""
    }
}
