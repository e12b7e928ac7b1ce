package import CoalitionDirectory
import GRDB
package import Relaying

extension RelayStore {
    /// Says in the log how far each stream from this node has come, where that is not what was said last. INVARIANT: a
    /// heartbeat says of its stream what the log holds in front of its entry.
    ///
    /// - Parameters:
    ///   - last: what was said last.
    ///   - draft: the entry for a statement; nil where the node may not make it.
    /// - Returns: the statements that are new, with their links.
    package func heartbeats(
        after last: [SPIFFEID: StreamStatement],
        draft: @escaping @Sendable (StreamStatement) -> AuditEntryDraft?
    ) async throws(StoreError) -> [(statement: StreamStatement, link: TransferLink)] {
        let origin = node.id
        let now = try await read { try Self.outboundStatements(from: origin, in: $0) }
        guard now.contains(where: { last[$0.destination] != $0 }) else { return [] }
        let committed = try await writer.perform { transaction in
            var said: [StreamStatement] = []
            for statement in try Self.outboundStatements(from: origin, in: transaction.database)
            where last[statement.destination] != statement {
                guard let entry = draft(statement) else { continue }
                try transaction.append(PreparedEntry(entry))
                said.append(statement)
            }
            return said
        }
        let links = try committed.links()
        return zip(committed.value, links).map { (statement: $0, link: $1) }
    }

    /// The state of every stream from this node.
    private static func outboundStatements(from origin: SPIFFEID, in database: Database) throws -> [StreamStatement] {
        var outstanding: [SPIFFEID: NumberRanges] = [:]
        let queued = try database.each(
            "SELECT o.destination, e.sequence FROM outbox o JOIN entries e ON e.idx = o.entry_index "
                + "WHERE o.state = 'queued' AND e.kind = 'release' ORDER BY e.sequence"
        )
        while let row = try queued.next() {
            let number = UInt64(clamping: try row.integer(1))
            outstanding[try row.spiffeID(0), default: NumberRanges()].append(number...number)
        }
        let streams = try database.all("SELECT destination, last_sequence FROM streams ORDER BY destination")
        return try streams.map { row in
            let destination = try row.spiffeID(0)
            return StreamStatement(
                origin: origin,
                destination: destination,
                .heartbeat(
                    highest: UInt64(clamping: try row.integer(1)),
                    outstanding: outstanding[destination, default: NumberRanges()]
                        .condensed(to: StreamStatement.maximumRanges)
                )
            )
        }
    }
}
