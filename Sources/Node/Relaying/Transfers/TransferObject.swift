package import CanonicalEncoding
package import CoalitionDirectory
package import MessageEnvelope
package import OpenSSLCrypto

/// What kinds of objects cross a border. Raw values stand in the log and on the wire, and never change.
package enum TransferObjectKind: String, Sendable, CaseIterable {
    case message
    case deliveryReceipt = "delivery-receipt"
    case nonDelivery = "non-delivery"
}

/// One object that crosses a border, in the bytes that its release entry names by digest.
package enum TransferObject: Sendable {
    case message(ReceivedEnvelope)
    case deliveryReceipt(DeliveryReceipt)
    case nonDelivery(NonDelivery)

    package var kind: TransferObjectKind {
        switch self {
        case .message: .message
        case .deliveryReceipt: .deliveryReceipt
        case .nonDelivery: .nonDelivery
        }
    }

    package var bytes: [UInt8] {
        switch self {
        case .message(let received): received.envelope.bytes
        case .deliveryReceipt(let receipt): receipt.bytes
        case .nonDelivery(let report): report.canonicalBytes
        }
    }

    /// The digest that the release entry holds: of a message the envelope digest, else SHA-256 of the bytes.
    package var digest: SHA256Digest {
        switch self {
        case .message(let received): received.digest
        case .deliveryReceipt(let receipt): receipt.digest
        case .nonDelivery(let report): .hash(report.canonicalBytes)
        }
    }

    package init(kind: TransferObjectKind, bytes: [UInt8]) throws(EnvelopeError) {
        switch kind {
        case .message: self = .message(try ReceivedEnvelope(bytes: bytes))
        case .deliveryReceipt: self = .deliveryReceipt(try DeliveryReceipt(bytes: bytes))
        case .nonDelivery: self = .nonDelivery(try NonDelivery(canonicalBytes: bytes))
        }
    }
}

/// A node's report that a message will not reach a destination. It is signed by the log that released it: its digest
/// stands in the release entry that travels with it.
package struct NonDelivery: Hashable, Sendable {
    package let message: MessageID
    package let envelope: SHA256Digest
    /// The node that the message was released to.
    package let destination: SPIFFEID
    /// Why, as a code of the wire API.
    package let reason: String
    package let time: Timestamp
    /// The signed word of the node that has refused the message to the one that reports; nil where there is none, as of a
    /// message that has expired.
    package let refusal: TransferLink?

    /// The largest report accepted, in bytes.
    package static let maximumSize = 65_536

    package init(
        message: MessageID,
        envelope: SHA256Digest,
        destination: SPIFFEID,
        reason: String,
        time: Timestamp,
        refusal: TransferLink? = nil
    ) {
        self.message = message
        self.envelope = envelope
        self.destination = destination
        self.reason = reason
        self.time = time
        self.refusal = refusal
    }

    package var canonicalBytes: [UInt8] {
        var members: [String: JSONValue] = [
            "destination": .string(destination.description), "envelope": .string(envelope.hex),
            "message": .string(message.description), "reason": .string(reason), "time": .string(time.rfc3339),
            "version": 1,
        ]
        members["refusal"] = refusal?.json
        return JSONValue.object(members).canonicalBytes
    }

    package init(canonicalBytes bytes: [UInt8]) throws(EnvelopeError) {
        do {
            let json = try JSONValue.parseCanonical(bytes, maximumSize: Self.maximumSize, maximumDepth: 3)
            let names: Set = ["destination", "envelope", "message", "reason", "time", "version"]
            guard let members = json.objectValue, Set(members.keys).subtracting(["refusal"]) == names,
                members["version"] == 1,
                let message = members["message"]?.stringValue.flatMap({ MessageID($0) }),
                let envelope = members["envelope"]?.stringValue.flatMap({ Hex.decode($0) }).flatMap({ SHA256Digest($0) }
                ),
                let destination = members["destination"]?.stringValue, let time = members["time"]?.stringValue,
                let reason = members["reason"]?.stringValue, ReasonCode.isWellFormed(reason)
            else {
                throw EnvelopeError(.malformedReceipt, "expected a non-delivery report of version 1")
            }
            self.init(
                message: message,
                envelope: envelope,
                destination: try SPIFFEID(destination),
                reason: reason,
                time: try Timestamp(rfc3339: time),
                refusal: try members["refusal"].map { try TransferLink(json: $0) }
            )
        } catch let error as EnvelopeError {
            throw error
        } catch {
            throw EnvelopeError(.malformedReceipt, "non-delivery: \(error)")
        }
    }
}

/// The syntax of reason codes, so that what one node reports can stand in another's log.
package enum ReasonCode {
    /// Whether `text` is 1 to 64 of `a-z`, `0-9` and `-`.
    package static func isWellFormed(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}
