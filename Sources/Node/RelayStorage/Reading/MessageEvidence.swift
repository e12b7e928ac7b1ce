import CanonicalEncoding
import CoalitionDirectory
import GRDB
package import MessageEnvelope
package import OpenSSLCrypto
package import Relaying

/// What this node can show of a message in a dispute: what it and others have signed about it, and all that this rests on.
///
/// Bodies are not in it: ``RelayStore/body(of:envelope:)`` has them.
package struct MessageEvidence: Sendable {
    /// An entry of this log that names the message, with its proof under the first checkpoint that witnesses have
    /// cosigned, or else the latest.
    package struct Entry: Sendable {
        package let link: TransferLink
        /// What the entry commits to; nil once erased.
        package let details: AuditDetails?

        package init(link: TransferLink, details: AuditDetails?) {
            self.link = link
            self.details = details
        }
    }

    /// A message that was taken on under the id.
    package struct Message: Hashable, Sendable {
        package let envelope: SHA256Digest
        /// CMS SignedData.
        package let header: [UInt8]
        /// Whether the body is there still.
        package let hasBody: Bool

        package init(envelope: SHA256Digest, header: [UInt8], hasBody: Bool) {
            self.envelope = envelope
            self.header = header
            self.hasBody = hasBody
        }
    }

    package let id: MessageID
    package let entries: [Entry]
    /// What other logs hold, as they have shown it: releases to this node, and custody by next hops and behind
    /// them, and refusals.
    package let otherLogs: [TransferLink]
    package let messages: [Message]
    /// The recipients' signed delivery receipts, CMS SignedData each.
    package let receipts: [[UInt8]]
    /// The policies that decided, as far as they are kept.
    package let policies: [PolicyRecord]
    /// The directories by which was decided, as far as they are kept.
    package let directories: [DirectoryRecord]

    package init(
        id: MessageID,
        entries: [Entry],
        otherLogs: [TransferLink],
        messages: [Message],
        receipts: [[UInt8]],
        policies: [PolicyRecord],
        directories: [DirectoryRecord]
    ) {
        self.id = id
        self.entries = entries
        self.otherLogs = otherLogs
        self.messages = messages
        self.receipts = receipts
        self.policies = policies
        self.directories = directories
    }
}

extension RelayStore {
    /// What this node can show of a message; nil when it knows nothing of it.
    package func evidence(of id: MessageID) async throws(StoreError) -> MessageEvidence? {
        try await read { try MessageEvidence.find(id, in: $0) }
    }

    /// The encrypted body of a message that this node took on; nil when it is erased or was never here.
    package func body(of id: MessageID, envelope: SHA256Digest) async throws(StoreError) -> [UInt8]? {
        try await read { try MessageEvidence.body(of: id, envelope: envelope, in: $0) }
    }
}

extension LogCopy {
    /// What the copy can show of a message; nil when it knows nothing of it.
    package func evidence(of id: MessageID) throws(StoreError) -> MessageEvidence? {
        try read { try MessageEvidence.find(id, in: $0) }
    }

    /// The encrypted body of a message; nil when it is erased or was never there.
    package func body(of id: MessageID, envelope: SHA256Digest) throws(StoreError) -> [UInt8]? {
        try read { try MessageEvidence.body(of: id, envelope: envelope, in: $0) }
    }
}

extension MessageEvidence {
    fileprivate static func find(_ id: MessageID, in database: Database) throws -> MessageEvidence? {
        let stored = try database.all(
            "SELECT \(StoredEntry.columns) FROM \(StoredEntry.source) WHERE e.message = ? ORDER BY e.idx",
            id.bytes.blob
        ).map { try StoredEntry($0) }
        guard !stored.isEmpty else { return nil }
        let entries = try stored.map { entry in
            let committed = try committed(
                index: entry.index,
                under: { try CheckpointTable.best(covering: entry.index, in: $0) },
                in: database
            )
            guard let link = try committed?.link() else {
                throw StoreError.damaged("no checkpoint covers entry \(entry.index)")
            }
            return Entry(link: link, details: entry.details)
        }
        return MessageEvidence(
            id: id,
            entries: entries,
            otherLogs: try otherLogs(of: id, in: database),
            messages: try messages(id, in: database),
            receipts: try receipts(of: id, in: database),
            policies: try distinct(stored.compactMap(\.entry.policy)).compactMap {
                try database.tableExists("policies") ? try PolicyRecord.find($0, in: database) : nil
            },
            directories: try distinct(stored.compactMap(\.entry.directory)).compactMap {
                // A copy of an older release has no such table.
                try database.tableExists("directories") ? try DirectoryRecord.find($0, in: database) : nil
            }
        )
    }

    fileprivate static func body(
        of id: MessageID,
        envelope: SHA256Digest,
        in database: Database
    ) throws -> [UInt8]? {
        try database.first(
            "SELECT b.bytes FROM bodies b JOIN messages m ON m.row = b.message WHERE m.id = ? AND m.digest = ?",
            id.bytes.blob,
            envelope.bytes.blob
        )?.bytes(0)
    }

    private static func messages(_ id: MessageID, in database: Database) throws -> [Message] {
        try database.all(
            """
            SELECT m.digest, m.header, b.message IS NOT NULL
            FROM messages m LEFT JOIN bodies b ON b.message = m.row WHERE m.id = ? ORDER BY m.row
            """,
            id.bytes.blob
        ).map { row in
            Message(
                envelope: try row.digest(0),
                header: try row.bytes(1),
                hasBody: try row.integer(2) == 1
            )
        }
    }

    /// The releases that brought the message and answers to it, what came with relayed objects, custody, and refusals.
    private static func otherLogs(of id: MessageID, in database: Database) throws -> [TransferLink] {
        var links: [TransferLink] = []
        if try database.tableExists("inbound_numbers") {
            links += try database.all(
                """
                SELECT n.release FROM inbound_numbers n JOIN entries e ON e.idx = n.entry_index
                WHERE e.message = ? ORDER BY n.entry_index
                """,
                id.bytes.blob
            ).map { try TransferLink(stored: try $0.bytes(0)) }
            links += try ReusedNumber.all(about: id, in: database).map(\.release)
        }
        for table in ["onward_custody", "refusals"] where try database.tableExists(table) {
            links += try database.all(
                """
                SELECT t.link FROM \(table) t JOIN entries e ON e.idx = t.entry_index
                WHERE e.message = ? ORDER BY t.entry_index
                """,
                id.bytes.blob
            ).map { try TransferLink(stored: try $0.bytes(0)) }
        }
        let transfers = try database.all(
            "SELECT o.links, o.custody FROM outbox o JOIN messages m ON m.row = o.message WHERE m.id = ? ORDER BY o.row",
            id.bytes.blob
        )
        for row in transfers {
            links += try TransferLink.list(stored: try row.bytes(0))
            if let custody = try row.optionalBytes(1) {
                links.append(try TransferLink(stored: custody))
            }
        }
        return distinct(links)
    }

    /// Those that came back to the originator's node, and those of mailboxes of this node.
    private static func receipts(of id: MessageID, in database: Database) throws -> [[UInt8]] {
        let receipts = try database.all(
            """
            SELECT r.bytes FROM receipts r JOIN messages m ON m.row = r.message WHERE m.id = ?
            UNION
            SELECT i.receipt FROM inbox i JOIN messages m ON m.row = i.message
            WHERE m.id = ? AND i.receipt IS NOT NULL
            """,
            id.bytes.blob,
            id.bytes.blob
        )
        return try receipts.map { try $0.bytes(0) }
    }

    private static func distinct<Value: Hashable>(_ values: [Value]) -> [Value] {
        var seen: Set<Value> = []
        return values.filter { seen.insert($0).inserted }
    }
}
