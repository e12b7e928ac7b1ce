package import CoalitionDirectory
package import MessageEnvelope
package import OpenSSLCrypto
import TransparencyLog

/// What a transfer claims to be, before anything of it is proven: enough to find what this node answered to it before.
package struct TransferClaim: Hashable, Sendable {
    package let object: TransferObjectKind
    package let digest: SHA256Digest
    /// The message that the object is, or is about.
    package let message: MessageID
    package let envelope: SHA256Digest
    package let destination: SPIFFEID

    package init(
        object: TransferObjectKind,
        digest: SHA256Digest,
        message: MessageID,
        envelope: SHA256Digest,
        destination: SPIFFEID
    ) {
        self.object = object
        self.digest = digest
        self.message = message
        self.envelope = envelope
        self.destination = destination
    }
}

extension Transfer {
    /// What the transfer claims to be, should its first and last link speak of this object and of this way; nil when they
    /// do not, and the links are to be judged.
    ///
    /// Rests on the bytes alone, not on sheets or policy, which may have changed since the object was taken on.
    ///
    /// - Parameters:
    ///   - node: the node that receives.
    ///   - peer: the node that sends, as its certificate names it.
    package func claim(at node: SPIFFEID, from peer: SPIFFEID) -> TransferClaim? {
        let release = links[0].entry
        guard let last = links.last?.entry, last.log.rawValue == peer.logName, last.nextHop == node,
            release.object == object.kind, release.digest == object.digest,
            let message = release.message, let envelope = release.envelope, let destination = release.destination
        else { return nil }
        switch object {
        case .message(let received):
            guard message == received.header.id, envelope == received.digest else { return nil }
        case .nonDelivery(let report):
            guard message == report.message, envelope == report.envelope else { return nil }
        case .deliveryReceipt:
            break
        }
        return TransferClaim(
            object: object.kind,
            digest: object.digest,
            message: message,
            envelope: envelope,
            destination: destination
        )
    }
}
