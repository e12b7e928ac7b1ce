import CanonicalEncoding
package import CoalitionDirectory
import GRDB
package import Relaying
import TransparencyLog

extension RelayStore {
    /// Whether this node's log has released anything to `destination`.
    package func hasStream(to destination: SPIFFEID) async throws(StoreError) -> Bool {
        try await read { database in
            try database.first("SELECT 1 FROM streams WHERE destination = ?", destination.description) != nil
        }
    }

    /// What became of numbers of the stream to `destination`, with the proofs.
    package func fates(of numbers: NumberRanges, to destination: SPIFFEID) async throws(StoreError) -> [NumberFate] {
        let found = try await read { database in
            let checkpoint = try CheckpointTable.latest(in: database)
            return try numbers.numbers.map { number in
                try StoredFate(number, to: destination, under: checkpoint, in: database)
            }
        }
        var fates: [NumberFate] = []
        for fate in found { fates.append(try fate.fate()) }
        return fates
    }

    /// The numbers that are missing and raised, of each stream to this node.
    package func missingNumbers() async throws(StoreError) -> [SPIFFEID: NumberRanges] {
        try await read { database in
            let rows = try database.all(
                "SELECT s.origin, g.first, g.last FROM gaps g JOIN inbound_streams s ON s.stream = g.stream "
                    + "WHERE g.closing_entry IS NULL AND g.opening_entry IS NOT NULL ORDER BY g.stream, g.first"
            )
            var missing: [SPIFFEID: NumberRanges] = [:]
            for row in rows {
                missing[try row.spiffeID(0), default: NumberRanges()].append(try row.gapRange(1))
            }
            return missing
        }
    }

    /// What is known of the streams to this node, and what is missing from them.
    package func streamStatus() async throws(StoreError) -> StreamStatus {
        try await read { try StreamStatus.fetch(in: $0) }
    }

    /// A page of what this log says of the streams between this node and `peer`: what it released to it, and took from it.
    ///
    /// - Parameter ended: whether also what was taken from logs of `peer` that have ended.
    package func streamLinks(
        with peer: SPIFFEID,
        ended: Bool = false,
        after index: UInt64?,
        limit: Int
    ) async throws(StoreError) -> [TransferLink] {
        let entries = try await read {
            try StreamExtract.page(with: peer, ended: ended, after: index, limit: limit, in: $0)
        }
        return try Committed(value: (), entries: entries).links()
    }
}

extension LogCopy {
    package func streamStatus() throws(StoreError) -> StreamStatus {
        try read { database in
            guard try database.tableExists("gaps") else { return StreamStatus(streams: [], gaps: [], faults: 0) }
            return try StreamStatus.fetch(in: database)
        }
    }

    package func streamLinks(
        with peer: SPIFFEID,
        ended: Bool = false,
        after index: UInt64?,
        limit: Int
    ) throws(StoreError) -> [TransferLink] {
        let entries = try read { try StreamExtract.page(with: peer, ended: ended, after: index, limit: limit, in: $0) }
        return try Committed(value: (), entries: entries).links()
    }
}

/// What became of one number, as the store finds it.
private struct StoredFate: Sendable {
    let number: UInt64
    let state: NumberFate.State
    let entries: [CommittedEntry]
    let custody: [UInt8]?

    init(
        _ number: UInt64,
        to destination: SPIFFEID,
        under checkpoint: SignedCheckpoint,
        in database: Database
    ) throws {
        func entry(_ index: UInt64) throws -> [CommittedEntry] {
            try committed(EntryRange(first: index, count: 1), under: checkpoint, in: database)
        }
        self.number = number
        guard let release = try OutboundNumber.index(of: .release, number, to: destination, in: database) else {
            (state, entries, custody) = (.neverReleased, [], nil)
            return
        }
        if let void = try OutboundNumber.index(of: .void, number, to: destination, in: database) {
            (state, entries, custody) = (.void, try entry(release) + entry(void), nil)
            return
        }
        let item = try database.first("SELECT state, custody FROM outbox WHERE entry_index = ?", Int64(release))
        custody = try item?.optionalBytes(1)
        state = custody != nil ? .handedOver : try item?.text(0) == "queued" ? .outstanding : .lost
        entries = try entry(release)
    }

    func fate() throws(StoreError) -> NumberFate {
        var links = try Committed(value: (), entries: entries).links()
        if let custody { links.append(try TransferLink(stored: custody)) }
        return NumberFate(number: number, state: state, links: links)
    }
}

/// The entries of a log that speak of its streams with one other node, and of nothing that was for others.
private enum StreamExtract {
    /// Releases to the peer, how the next hop took them, and voids; what was taken from the peer. Denials are left out:
    /// their rules are for this partner's own people, and the origin has its own entry of each.
    private static let query = """
        SELECT idx FROM entries WHERE destination = ?1 AND sequence IS NOT NULL AND kind IN ('release', 'void') AND idx > ?2
        UNION
        SELECT o.closing_entry FROM outbox o JOIN entries e ON e.idx = o.entry_index
        WHERE o.destination = ?1 AND o.state = 'transferred' AND e.kind = 'release' AND o.closing_entry > ?2
        UNION
        SELECT n.entry_index FROM inbound_numbers n JOIN inbound_streams s ON s.stream = n.stream
        WHERE s.origin = ?1 AND s.ended <= ?4 AND n.state = 'accepted' AND n.entry_index > ?2
        ORDER BY 1 LIMIT ?3
        """

    static func page(
        with peer: SPIFFEID,
        ended: Bool,
        after index: UInt64?,
        limit: Int,
        in database: Database
    ) throws -> [CommittedEntry] {
        let checkpoint = try CheckpointTable.latest(in: database)
        let after = index.map { Int64(clamping: $0) } ?? -1
        var indices = Set(
            try database.all(query, peer.description, after, limit, ended ? 1 : 0).map {
                UInt64(clamping: try $0.integer(0))
            }
        )
        // What came under a number that another object had is no row of its own.
        for reused in try ReusedNumber.all(from: peer, in: database) where index.map({ reused.entry > $0 }) ?? true {
            if try ended || !reused.isOfEndedStream(in: database) { indices.insert(reused.entry) }
        }
        return try indices.sorted().prefix(limit).flatMap { index in
            try committed(EntryRange(first: index, count: 1), under: checkpoint, in: database)
        }
    }
}
