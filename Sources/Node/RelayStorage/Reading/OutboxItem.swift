package import CanonicalEncoding
package import CoalitionDirectory
import GRDB
package import MessageEnvelope
package import OpenSSLCrypto
package import Relaying
package import SecurityLabels

/// An object waiting for its next hop, without its bytes.
package struct OutboxItem: Hashable, Sendable {
    /// Names the item in the store; later items have greater rows.
    package let row: Int64
    package let message: MessageID
    /// The digest of the envelope that the object is, or is about.
    package let envelope: SHA256Digest
    package let object: TransferObjectKind
    package let destination: SPIFFEID
    package let nextHop: SPIFFEID
    package let precedence: Precedence
    /// The object's size in bytes.
    package let size: Int
    /// Failed attempts so far.
    package let attempts: Int
    /// When to try next.
    package let due: Timestamp
    package let expires: Timestamp
    /// This node's own entry about it: a release or a relay.
    package let entryIndex: UInt64
    /// When the next hop first answered that it cannot judge the object by what it has; nil while it has not.
    package let unsettledSince: Timestamp?
}

/// An object with everything that travels with it.
package struct OutboxTransfer: Sendable {
    package let item: OutboxItem
    /// The links that came with it and, last, that of this node's own entry.
    package let links: [TransferLink]
    package let objectBytes: [UInt8]

    /// The body of the transfer request.
    package var bytes: [UInt8] { Transfer.encode(links: links, kind: item.object, objectBytes: objectBytes) }
}

extension OutboxItem {
    /// The columns that ``init(_:)`` reads, of `outbox o JOIN messages m`.
    static let columns =
        "o.row, m.id, m.digest, o.object, o.destination, o.next_hop, o.precedence, o.size, o.attempts, o.due, "
        + "o.expires, o.entry_index, o.unsettled_since"
    /// How many columns these are; a query's own come behind them.
    static let columnCount = 13

    static let source = "outbox o JOIN messages m ON m.row = o.message"

    init(_ row: Row) throws {
        self.init(
            row: try row.integer(0),
            message: try row.messageID(1),
            envelope: try row.digest(2),
            object: try row.objectKind(3),
            destination: try row.spiffeID(4),
            nextHop: try row.spiffeID(5),
            precedence: try row.precedence(6),
            size: Int(try row.integer(7)),
            attempts: Int(try row.integer(8)),
            due: try row.time(9),
            expires: try row.time(10),
            entryIndex: UInt64(clamping: try row.integer(11)),
            unsettledSince: try row.optionalInteger(12).map { Timestamp(millisecondsSinceEpoch: $0) }
        )
    }
}
