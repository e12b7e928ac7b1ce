package import CanonicalEncoding
package import CoalitionDirectory
import GRDB
package import MessageEnvelope
package import OpenSSLCrypto
package import Relaying
package import SecurityLabels

/// A message in a mailbox, without its body.
package struct InboxItem: Hashable, Sendable {
    /// Grows with every message that comes into the store; never used twice.
    package let sequence: Int64
    package let mailbox: MailboxName
    package let message: MessageID
    package let originator: MailboxAddress
    /// The digest of the envelope.
    package let envelope: SHA256Digest
    /// The DER of the signed header.
    package let header: [UInt8]
    package let precedence: Precedence
    /// The size of the encrypted body in bytes.
    package let bodySize: Int
    package let received: Timestamp
    package let expires: Timestamp
    /// The entry of the acceptance.
    package let entryIndex: UInt64
    /// Whether the recipient's delivery receipt has been taken on.
    package let isReceipted: Bool
}

extension RelayStore {
    /// A page of a mailbox, oldest first: what came after `sequence`.
    package func inbox(
        _ mailbox: MailboxName,
        after sequence: Int64 = 0,
        limit: Int
    ) async throws(StoreError) -> [InboxItem] {
        try await read { database in
            try database.all(
                "SELECT i.seq, i.mailbox, m.id, m.originator, m.digest, m.header, m.precedence, m.body_size, i.received, "
                    + "m.expires, i.entry_index, i.receipt IS NOT NULL "
                    + "FROM inbox i JOIN messages m ON m.row = i.message "
                    + "WHERE i.mailbox = ? AND i.seq > ? ORDER BY i.seq LIMIT ?",
                mailbox.rawValue,
                sequence,
                max(0, limit)
            ).map { try InboxItem($0) }
        }
    }

    /// The envelope of a message in a mailbox; nil when it is not there.
    ///
    /// - Parameter digest: which one, should several originators have used the id; nil for the one that came first.
    package func envelope(
        _ id: MessageID,
        in mailbox: MailboxName,
        digest: SHA256Digest? = nil
    ) async throws(StoreError) -> Envelope? {
        try await read { database in
            let row = try database.first(
                "SELECT m.header, b.bytes FROM messages m JOIN inbox i ON i.message = m.row "
                    + "JOIN bodies b ON b.message = m.row "
                    + "WHERE m.id = ?1 AND i.mailbox = ?2 AND m.digest = coalesce(?3, m.digest) ORDER BY i.seq LIMIT 1",
                id.bytes.blob,
                mailbox.rawValue,
                digest?.bytes.blob
            )
            return try row.map { Envelope(header: try $0.bytes(0), body: try $0.bytes(1)) }
        }
    }

    /// The digests and sizes of the envelopes in a mailbox that bear the id, the one that came first first.
    package func envelopes(
        _ id: MessageID,
        in mailbox: MailboxName
    ) async throws(StoreError) -> [(digest: SHA256Digest, size: Int)] {
        try await read { database in
            try database.all(
                "SELECT m.digest, length(m.header) + m.body_size FROM messages m JOIN inbox i ON i.message = m.row "
                    + "WHERE m.id = ? AND i.mailbox = ? ORDER BY i.seq",
                id.bytes.blob,
                mailbox.rawValue
            ).map { (digest: try $0.digest(0), size: Int(try $0.integer(1))) }
        }
    }

    /// The message that answers must answer; nil when this node has not taken it on.
    package func storedMessage(_ id: MessageID, digest: SHA256Digest) async throws(StoreError) -> StoredMessage? {
        typealias Found = (
            header: [UInt8], nextHops: [SPIFFEID: Set<SPIFFEID>], isAccepted: Bool, receipts: Set<MailboxAddress>,
            reported: Set<SPIFFEID>
        )
        let found = try await read { database -> Found? in
            let row = try database.first(
                "SELECT row, header, EXISTS (SELECT 1 FROM inbox WHERE inbox.message = messages.row) "
                    + "FROM messages WHERE id = ? AND digest = ?",
                id.bytes.blob,
                digest.bytes.blob
            )
            guard let row else { return nil }
            let nodes = try database.all(
                "SELECT destination, next_hop FROM outbox WHERE message = ? AND object = 'message'",
                try row.integer(0)
            )
            var nextHops: [SPIFFEID: Set<SPIFFEID>] = [:]
            for node in nodes { nextHops[try node.spiffeID(0), default: []].insert(try node.spiffeID(1)) }
            let receipts = try database.all("SELECT recipient FROM receipts WHERE message = ?", try row.integer(0))
            let reports = try database.all(
                "SELECT destination FROM non_deliveries WHERE message = ?",
                try row.integer(0)
            )
            return (
                try row.bytes(1), nextHops, try row.integer(2) == 1, Set(try receipts.map { try $0.mailboxAddress(0) }),
                Set(try reports.map { try $0.spiffeID(0) })
            )
        }
        guard let found else { return nil }
        do {
            return StoredMessage(
                header: try StoredHeader(der: found.header),
                digest: digest,
                nextHops: found.nextHops,
                isAccepted: found.isAccepted,
                receipts: found.receipts,
                reported: found.reported
            )
        } catch {
            throw .damaged("message `\(id)`: \(error)")
        }
    }

    /// The receipts that a mailbox's submission got, byte for byte; nil when it was not taken on.
    ///
    /// For the look before anything is judged; ``admit(_:)-(Admission)`` decides again within its transaction.
    package func firstReceipts(
        submission id: MessageID,
        of originator: MailboxAddress,
        digest: SHA256Digest
    ) async throws(StoreError) -> [TransferLink]? {
        let range = try await read { database -> EntryRange? in
            let row = try MessageRow.find(id, of: originator, in: database)
            return row?.digest == digest ? row?.submission : nil
        }
        guard let range else { return nil }
        return try await firstLinks(range)
    }

    /// The receipts that another node got when it brought this object for this destination; nil when it was not taken on.
    package func firstReceipts(of claim: TransferClaim) async throws(StoreError) -> [TransferLink]? {
        let range = try await read { database -> EntryRange? in
            guard let row = try MessageRow.find(claim.message, digest: claim.envelope, in: database) else { return nil }
            return try CustodyKey(object: claim.object, digest: claim.digest, destination: claim.destination)
                .firstReceipt(message: row.row, in: database)
        }
        guard let range else { return nil }
        return try await firstLinks(range)
    }

    /// The receipts that a mailbox of this node got for this very delivery receipt; nil when it has given none.
    package func firstReceipts(
        of receipt: DeliveryReceipt,
        by mailbox: MailboxName,
        for id: MessageID,
        envelope: SHA256Digest
    ) async throws(StoreError) -> [TransferLink]? {
        let range = try await read { database -> EntryRange? in
            try database.first(
                "SELECT i.first_entry, i.entry_count FROM inbox i JOIN messages m ON m.row = i.message "
                    + "WHERE m.id = ? AND m.digest = ? AND i.mailbox = ? AND i.receipt = ?",
                id.bytes.blob,
                envelope.bytes.blob,
                mailbox.rawValue,
                receipt.bytes.blob
            )?.entryRange(0)
        }
        guard let range else { return nil }
        return try await firstLinks(range)
    }
}

extension InboxItem {
    init(_ row: Row) throws {
        self.init(
            sequence: try row.integer(0),
            mailbox: try row.mailboxName(1),
            message: try row.messageID(2),
            originator: try row.mailboxAddress(3),
            envelope: try row.digest(4),
            header: try row.bytes(5),
            precedence: try row.precedence(6),
            bodySize: Int(try row.integer(7)),
            received: try row.time(8),
            expires: try row.time(9),
            entryIndex: try row.entryIndex(10),
            isReceipted: try row.integer(11) == 1
        )
    }
}
