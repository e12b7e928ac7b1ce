package import CoalitionDirectory
import TransparencyLog

/// A proof that a node behind a hub has custody of a message that was handed to the hub.
package struct OnwardCustody: Hashable, Sendable {
    /// Names the message's way in the store.
    package let row: Int64
    /// The entry of that node's log.
    package let link: TransferLink

    package init(row: Int64, link: TransferLink) {
        self.row = row
        self.link = link
    }
}

/// A message that a hub has taken over for its destination, and which logs have shown since that their nodes have it.
package struct HandedOver: Sendable {
    /// Names the message's way in the store.
    package let row: Int64
    /// The entry by which this node released or relayed the message.
    package let sent: AuditEntry
    /// The logs that have shown custody: those that the message came from, this node's own, the next hop's, and those behind
    /// it.
    private var holders: Set<LogOrigin>

    /// - Parameter links: what came with the message, the next hop's custody, and what is known of later custody.
    package init(row: Int64, sent: AuditEntry, links: [TransferLink]) {
        self.row = row
        self.sent = sent
        holders = Set(links.map(\.entry.log) + [sent.log])
    }

    /// Takes a proof that a node behind the next hop has custody.
    ///
    /// - Returns: whether it is a new one.
    /// - Throws: ``TransferError``: `entry-mismatch` when it says something else, `proof-mismatch` when it is not proven, as far
    ///   as the directory can tell.
    package mutating func take(_ link: TransferLink, in directory: Directory) throws(TransferError) -> Bool {
        guard !holders.contains(link.entry.log) else { return false }
        guard let node = directory.node(logOrigin: link.entry.log.rawValue)?.id else {
            throw TransferError(.proofMismatch, "no sheet lists the log `\(link.entry.log)`")
        }
        guard link.isCustody(of: sent, at: node) else {
            throw TransferError(
                .entryMismatch,
                "entry \(link.entry.index) of `\(link.entry.log)` takes over no object of entry \(sent.index)"
            )
        }
        try link.verify(log: node, in: directory)
        holders.insert(link.entry.log)
        return true
    }
}
