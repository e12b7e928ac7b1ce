public import MessageEnvelope
public import OpenSSLCrypto

/// What a node gives for a message that it has taken on, checked by the client.
public struct SubmissionReceipt: Sendable {
    public let message: MessageID
    /// The digest of the envelope.
    public let digest: SHA256Digest
    /// Whether the node had taken it on before, so that this is the first receipt again.
    public let isDuplicate: Bool
    /// The decision for each recipient; empty for a duplicate.
    public let verdicts: [RecipientVerdict]
    /// An acceptance for the node's own mailboxes and a release per destination node, each proven to be in its log.
    public let receipts: [LogReceipt]
}

/// A message that policy denies: nothing of it was released.
public struct SubmissionDenial: Hashable, Sendable {
    public let message: MessageID
    /// The decision for every recipient, the allowed ones too.
    public let verdicts: [RecipientVerdict]
    /// The denial's entry, proven to be in the node's log.
    public let receipt: LogReceipt

    /// The entry's index in the node's audit log.
    public var auditIndex: UInt64 { receipt.index }
}
