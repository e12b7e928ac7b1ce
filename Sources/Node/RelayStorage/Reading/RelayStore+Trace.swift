import CanonicalEncoding
import GRDB
package import MessageEnvelope
import Relaying
import TransparencyLog

extension RelayStore {
    /// What this node knows about a message id; without entries and messages when that is nothing.
    package func trace(_ id: MessageID) async throws(StoreError) -> MessageTrace {
        try await read { database in
            let entries = try database.all(
                "SELECT \(StoredEntry.columns) FROM \(StoredEntry.source) WHERE e.message = ? ORDER BY e.idx",
                id.bytes.blob
            )
            let messages = try database.all(
                "SELECT row, originator, digest, precedence, accepted_at, expires FROM messages WHERE id = ? ORDER BY row",
                id.bytes.blob
            )
            return MessageTrace(
                id: id,
                entries: try entries.map { try StoredEntry($0) },
                messages: try messages.map { try TracedMessage($0, in: database) }
            )
        }
    }
}

extension TracedMessage {
    fileprivate init(_ row: Row, in database: Database) throws {
        let number = try row.integer(0)
        self.init(
            originator: try row.mailboxAddress(1),
            envelope: try row.digest(2),
            precedence: try row.precedence(3),
            accepted: try row.time(4),
            expires: try row.time(5),
            transfers: try database.all(
                "SELECT \(OutboxItem.columns), o.state, o.closing_entry, o.custody, o.last_error "
                    + "FROM \(OutboxItem.source) WHERE o.message = ? ORDER BY o.row",
                number
            ).map { try TracedTransfer($0, in: database) },
            mailboxes: try database.all(
                "SELECT mailbox, seq, received, receipt IS NOT NULL FROM inbox WHERE message = ? ORDER BY seq",
                number
            ).map { row in
                TracedMailbox(
                    mailbox: try row.mailboxName(0),
                    sequence: try row.integer(1),
                    received: try row.time(2),
                    isReceipted: try row.integer(3) == 1
                )
            },
            receipts: try database.all(
                "SELECT recipient, bytes, entry_index, received FROM receipts WHERE message = ? ORDER BY recipient",
                number
            ).map { row in
                TracedReceipt(
                    recipient: try row.mailboxAddress(0),
                    receipt: try DeliveryReceipt(bytes: try row.bytes(1)),
                    entryIndex: try row.entryIndex(2),
                    received: try row.time(3),
                    release: try database.first(
                        "SELECT release FROM inbound_numbers WHERE entry_index = ?",
                        try row.integer(2)
                    ).map { try WitnessedLink(TransferLink(stored: $0.bytes(0)), in: database) }
                )
            },
            nonDeliveries: try database.all(
                "SELECT destination, reason, entry_index, received FROM non_deliveries "
                    + "WHERE message = ? ORDER BY destination",
                number
            ).map { row in
                TracedNonDelivery(
                    destination: try row.spiffeID(0),
                    reason: try row.text(1),
                    entryIndex: try row.entryIndex(2),
                    received: try row.time(3),
                    refusal: try RefusalRow.find(try row.entryIndex(2), in: database)
                        .map { try WitnessedLink($0, in: database) }
                )
            }
        )
    }
}

extension WitnessedLink {
    fileprivate init(_ link: TransferLink, in database: Database) throws {
        let checkpoint = link.proof.signedCheckpoint.checkpoint
        self.init(link: link, state: try ReceivedCheckpoint.find(checkpoint, in: database)?.state)
    }
}

extension TracedTransfer {
    fileprivate init(_ row: Row, in database: Database) throws {
        let own = OutboxItem.columnCount
        guard let state = State(rawValue: try row.text(own)) else { throw StoreError.damaged("the state of an object") }
        let closingEntry = try row.optionalInteger(own + 1).map { UInt64(clamping: $0) }
        self.init(
            item: try OutboxItem(row),
            state: state,
            closingEntry: closingEntry,
            custody: try row.optionalBytes(own + 2)
                .map { try WitnessedLink(TransferLink(stored: $0), in: database) },
            onwardCustody: try Self.onwardCustody(of: try row.integer(0), in: database),
            refusal: try closingEntry.flatMap { try RefusalRow.find($0, in: database) }
                .map { try WitnessedLink($0, in: database) },
            lastError: try row.optionalText(own + 3)
        )
    }

    private static func onwardCustody(of row: Int64, in database: Database) throws -> [WitnessedLink] {
        try database.all("SELECT link FROM onward_custody WHERE transfer = ? ORDER BY entry_index", row).map { row in
            try WitnessedLink(TransferLink(stored: try row.bytes(0)), in: database)
        }
    }
}
