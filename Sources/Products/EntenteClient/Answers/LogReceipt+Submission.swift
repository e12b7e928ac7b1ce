import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto

/// What a node must have logged about a submitted message.
struct SubmissionClaim {
    let header: MessageHeader
    let digest: SHA256Digest
    /// The node that was submitted to.
    let node: NodeRecord
    let directory: Directory

    /// Proves that the node has logged this message for every recipient: its acceptance for the node's own mailboxes,
    /// and one release to each other node.
    func check(released receipts: [LogReceipt]) throws(LogReceiptError) {
        var expected: Set<SPIFFEID> = []
        for recipient in header.recipients {
            guard let home = directory.homeNode(of: recipient) else {
                throw LogReceiptError(.missing, "no sheet lists the mailbox `\(recipient)`")
            }
            expected.insert(home.id)
        }
        var covered: Set<SPIFFEID> = []
        for receipt in receipts {
            try receipt.verify(log: node.log)
            try checkSubject(of: receipt)
            try expect("outcome", receipt.outcome, "allowed")
            switch receipt.kind {
            case "acceptance":
                covered.insert(node.id)
            case "release":
                guard let destination = receipt.destination, receipt.sequence != nil else {
                    throw LogReceiptError(.wrongEntry, "expected `destination` and `sequence` in the release entry")
                }
                covered.insert(destination)
            default:
                throw LogReceiptError(.wrongEntry, "expected a release or an acceptance, got `\(receipt.kind)`")
            }
        }
        if let missing = expected.subtracting(covered).min() {
            throw LogReceiptError(.missing, "no entry says that the message goes to `\(missing)`")
        }
        if let stranger = covered.subtracting(expected).min() {
            throw LogReceiptError(
                .wrongEntry,
                "an entry says that the message goes to `\(stranger)`, where no recipient is"
            )
        }
    }

    /// Proves that the node has logged that it denies this message.
    func check(denied receipt: LogReceipt) throws(LogReceiptError) {
        try receipt.verify(log: node.log)
        try checkSubject(of: receipt)
        try expect("kind", receipt.kind, "denial")
        try expect("outcome", receipt.outcome, "denied")
    }

    private func checkSubject(of receipt: LogReceipt) throws(LogReceiptError) {
        try expect("message", receipt.message?.description ?? "none", header.id.description)
        try expect("envelope", receipt.envelope?.hex ?? "none", digest.hex)
        try expect("realm", receipt.realm.rawValue, header.realm.rawValue)
    }

    private func expect(_ name: String, _ got: String, _ expected: String) throws(LogReceiptError) {
        guard got == expected else {
            throw LogReceiptError(.wrongEntry, "expected \(name) `\(expected)` in the entry, got `\(got)`")
        }
    }
}
