package import CoalitionDirectory
import MessageEnvelope
import TransparencyLog

/// A transfer whose every link is proven: each node on the way has logged what it did with this very object.
///
/// INVARIANT: the only way to one is ``Transfer/verified(at:from:in:)``.
package struct VerifiedTransfer: Sendable {
    package let transfer: Transfer
    /// The node whose release began it.
    package let origin: SPIFFEID
    package let destination: SPIFFEID
    /// The number of the release in the stream from the origin's log to the destination.
    package let sequence: UInt64

    fileprivate init(transfer: Transfer, origin: SPIFFEID, destination: SPIFFEID, sequence: UInt64) {
        self.transfer = transfer
        self.origin = origin
        self.destination = destination
        self.sequence = sequence
    }
}

extension Transfer {
    /// Compares every field of every link with what came, and proves each link by its node's log.
    ///
    /// That some entry is in some log proves nothing; the entry must say that exactly this object goes exactly this
    /// way.
    ///
    /// - Parameters:
    ///   - node: the node that receives.
    ///   - peer: the node that sends, as its certificate names it.
    package func verified(at node: NodeIdentity, from peer: SPIFFEID, in directory: Directory)
        throws(TransferError) -> VerifiedTransfer
    {
        let first = links[0].entry
        guard let destination = first.destination, let sequence = first.sequence, sequence > 0 else {
            throw TransferError(.entryMismatch, "expected `destination`, and `sequence` from 1, in the release entry")
        }
        var passed: [SPIFFEID] = []
        guard node.id == destination || directory.node(destination) != nil else {
            throw TransferError(.entryMismatch, "expected a known node as destination, got `\(destination)`")
        }
        for (position, link) in links.enumerated() {
            let log = try logNode(link, in: directory)
            guard !passed.contains(log), log != node.id, log != destination else {
                throw TransferError(.loop, "the object has passed `\(log)` before")
            }
            if let previous = passed.last { try checkCustody(link.entry, from: previous) }
            passed.append(log)
            let next = position + 1 < links.count ? try logNode(links[position + 1], in: directory) : node.id
            try check(
                link.entry,
                kind: position == 0 ? .release : .relay,
                destination: destination,
                nextHop: next,
                submitter: position == 0 ? submitter(in: directory) : nil,
                node
            )
        }
        guard passed.last == peer else {
            throw TransferError(
                .entryMismatch,
                "expected the last link to be by the sending node `\(peer)`, got `\(passed.last?.description ?? "none")`"
            )
        }
        for (link, log) in zip(links, passed) {
            try link.verify(log: log, in: directory)
        }
        return VerifiedTransfer(transfer: self, origin: passed[0], destination: destination, sequence: sequence)
    }

    /// Whom the origin must have got the object from, where the object itself says so; nil where it does not.
    ///
    /// A message of a mailbox that no sheet lists is refused for its signature, which is looked at later.
    private func submitter(in directory: Directory) -> SPIFFEID? {
        switch object {
        case .message(let received): directory.id(of: received.header.originator)
        case .deliveryReceipt, .nonDelivery: nil
        }
    }

    private func logNode(_ link: TransferLink, in directory: Directory) throws(TransferError) -> SPIFFEID {
        guard let record = directory.node(logOrigin: link.entry.log.rawValue) else {
            throw TransferError(.entryMismatch, "expected the log of a known node, got `\(link.entry.log)`")
        }
        return record.id
    }

    /// A hub's entry says whom it got the object from, and takes no number: that is the origin's.
    private func checkCustody(_ entry: AuditEntry, from previous: SPIFFEID) throws(TransferError) {
        guard entry.peer == previous, entry.sequence == nil else {
            throw TransferError(
                .entryMismatch,
                "entry \(entry.index) of `\(entry.log)`: expected it to be of an object from `\(previous)`"
            )
        }
    }

    private func check(
        _ entry: AuditEntry,
        kind: AuditEntryKind,
        destination: SPIFFEID,
        nextHop: SPIFFEID,
        submitter: SPIFFEID?,
        _ node: NodeIdentity
    ) throws(TransferError) {
        func expect<Value: Equatable>(_ name: String, _ got: Value?, _ expected: Value?) throws(TransferError) {
            guard got == expected else {
                throw TransferError(
                    .entryMismatch,
                    "entry \(entry.index) of `\(entry.log)`: expected \(name) `\(expected.map { "\($0)" } ?? "none")`, "
                        + "got `\(got.map { "\($0)" } ?? "none")`"
                )
            }
        }
        try expect("kind", entry.kind, kind)
        try expect("outcome", entry.outcome, .allowed)
        try expect("realm", entry.realm, node.realm)
        try expect("object", entry.object, object.kind)
        try expect("digest", entry.digest, object.digest)
        try expect("destination", entry.destination, destination)
        try expect("next hop", entry.nextHop, nextHop)
        if let submitter { try expect("peer", entry.peer, submitter) }
        switch object {
        case .message(let received):
            try expect("message", entry.message, received.header.id)
            try expect("envelope", entry.envelope, received.digest)
            try expect("reasons", entry.reasons, [])
        case .nonDelivery(let report):
            try expect("message", entry.message, report.message)
            try expect("envelope", entry.envelope, report.envelope)
        case .deliveryReceipt:
            // A receipt names its message by the signature that it answers; the stored header is compared later.
            guard entry.message != nil, entry.envelope != nil else {
                throw TransferError(.entryMismatch, "expected `message` and `envelope` in the entry of a receipt")
            }
            try expect("message", entry.message, links[0].entry.message)
            try expect("envelope", entry.envelope, links[0].entry.envelope)
        }
    }
}
