import CanonicalEncoding
import HTTPTypes
public import MessageEnvelope
public import OpenSSLCrypto
import RelayTransport

/// A message that is encrypted and signed, ready to be submitted as often as it takes.
public struct SealedMessage: Sendable {
    public let header: MessageHeader
    public let envelope: Envelope
    /// The digest of the envelope.
    public let digest: SHA256Digest
}

extension MailboxClient {
    /// What the node's policy would say to a message now. Nothing is released and nothing logged.
    public func decide(_ question: ReleaseQuestion) async throws(ClientError) -> [RecipientVerdict] {
        let response = try NodeConnection.success(
            try await connection.post(
                "/v1/decisions",
                mediaType: "application/json",
                body: question.json.canonicalBytes
            )
        )
        let verdicts = try Self.verdicts(in: try NodeConnection.json(response))
        guard verdicts.map(\.recipient).sorted() == question.recipients else {
            throw .malformedAnswer("expected a decision for each recipient")
        }
        return verdicts
    }

    /// Encrypts to the recipients' keys in the directory, binds, signs; nothing is sent.
    /// - Throws: ``ClientError/envelope(_:)``
    public func seal(_ message: OutgoingMessage) throws(ClientError) -> SealedMessage {
        guard message.originator == address else {
            throw .envelope(
                EnvelopeError(
                    .signerNotOriginator,
                    "expected the originator to be `\(address)`, got `\(message.originator)`"
                )
            )
        }
        let signer = CMSSigner(certificate: credentials.signing.certificate, key: credentials.signing.key)
        do {
            let envelope = try message.seal(
                id: try MessageID.generate(at: clock()),
                signer: signer,
                directory: directory
            )
            let received = try ReceivedEnvelope(envelope)
            return SealedMessage(header: received.header, envelope: envelope, digest: received.digest)
        } catch let error as EnvelopeError {
            throw .envelope(error)
        } catch {
            throw .envelope(EnvelopeError(.malformedEnvelope, "cannot make a message id: \(error)"))
        }
    }

    /// Submits a sealed message and checks what the node says about it.
    ///
    /// Safe to call again with the same message, also after ``ClientError/noAnswer(endpoint:cause:)``: the node knows the
    /// bytes and gives the first receipt. An answer that was lost is asked for again with the same bytes, never others.
    ///
    /// - Throws: ``ClientError/denied(_:)`` when policy denies it, ``ClientError/receipt(_:)`` when the node's log does
    ///   not hold what the node says, and what else goes wrong.
    public func submit(_ message: SealedMessage) async throws(ClientError) -> SubmissionReceipt {
        var delays = retryDelays[...]
        while true {
            do {
                return try await submitOnce(message)
            } catch .noAnswer(let endpoint, let cause) {
                guard let delay = delays.popFirst() else { throw .noAnswer(endpoint: endpoint, cause: cause) }
                do {
                    try await Task.sleep(for: delay)
                } catch {
                    throw .cancelled
                }
            }
        }
    }

    /// Seals and submits a message.
    public func send(_ message: OutgoingMessage) async throws(ClientError) -> SubmissionReceipt {
        try await submit(try seal(message))
    }

    private func submitOnce(_ message: SealedMessage) async throws(ClientError) -> SubmissionReceipt {
        let response = try await connection.post(
            "/v1/messages",
            mediaType: Envelope.mediaType,
            body: message.envelope.bytes
        )
        let claim = SubmissionClaim(
            header: message.header,
            digest: message.digest,
            node: try homeNode(),
            directory: directory
        )
        guard response.status == .created || response.status == .ok else {
            let problem = NodeProblem(response)
            guard problem.code == "denied", response.status == .forbidden else { throw .problem(problem) }
            throw .denied(try denial(of: message, response, claim))
        }
        let json = try NodeConnection.json(response)
        guard let elements = json["entries"]?.arrayValue else {
            throw .malformedAnswer("expected `entries` in the answer to a submission")
        }
        let receipts: [LogReceipt]
        do throws(LogReceiptError) {
            var read: [LogReceipt] = []
            for element in elements { read.append(try LogReceipt(json: element)) }
            try claim.check(released: read)
            receipts = read
        } catch {
            throw .receipt(error)
        }
        return SubmissionReceipt(
            message: message.header.id,
            digest: message.digest,
            isDuplicate: response.status == .ok,
            verdicts: try Self.verdicts(in: json),
            receipts: receipts
        )
    }

    private func denial(
        of message: SealedMessage,
        _ response: WireResponse,
        _ claim: SubmissionClaim
    ) throws(ClientError) -> SubmissionDenial {
        let json = try NodeConnection.json(response)
        let receipt: LogReceipt
        do throws(LogReceiptError) {
            guard let entry = json["entry"] else {
                throw LogReceiptError(.missing, "expected the denial's `entry`")
            }
            receipt = try LogReceipt(json: entry)
            try claim.check(denied: receipt)
        } catch {
            throw .receipt(error)
        }
        return SubmissionDenial(message: message.header.id, verdicts: try Self.verdicts(in: json), receipt: receipt)
    }

    private static func verdicts(in json: JSONValue) throws(ClientError) -> [RecipientVerdict] {
        guard let elements = json["decisions"]?.arrayValue else {
            throw .malformedAnswer("expected `decisions` in the answer")
        }
        var verdicts: [RecipientVerdict] = []
        for element in elements { verdicts.append(try RecipientVerdict(json: element)) }
        return verdicts
    }
}
