package import CanonicalEncoding
package import CoalitionDirectory
import GRDB
package import Relaying

/// What a node knows of the streams to it, and what is or was missing from them.
package struct StreamStatus: Hashable, Sendable {
    package struct Stream: Hashable, Sendable {
        package let origin: SPIFFEID
        /// The highest number that is known of.
        package let highest: UInt64
        /// When the last heartbeat came, and what it said still waits with the origin.
        package let heartbeat: Timestamp?
        package let outstanding: NumberRanges
    }

    package struct Gap: Hashable, Sendable {
        package let origin: SPIFFEID
        package let numbers: ClosedRange<UInt64>
        package let noticed: Timestamp
        /// The entry that raised it; nil as long as it may still come in good time.
        package let opened: UInt64?
        /// The entry that ended it, and how; nil while it is open.
        package let closed: UInt64?
        package let ended: String?
        /// What the origin said of it last.
        package let word: String?

        package var isOpen: Bool { closed == nil && opened != nil }
    }

    package let streams: [Stream]
    /// Those that are open, the oldest first, then the last thousand that were closed, the latest first.
    package let gaps: [Gap]
    /// How many contradictions of other nodes' logs stand in this one.
    package let faults: Int

    package init(streams: [Stream], gaps: [Gap], faults: Int) {
        self.streams = streams
        self.gaps = gaps
        self.faults = faults
    }

    static func fetch(in database: Database) throws -> StreamStatus {
        let streams = try database.all(
            "SELECT origin, highest, heartbeat_time, outstanding FROM inbound_streams "
                + "WHERE ended = 0 ORDER BY origin"
        )
        let columns = "s.origin, g.first, g.last, g.noticed, g.opening_entry, g.closing_entry, g.ended, g.word"
        let source = "gaps g JOIN inbound_streams s ON s.stream = g.stream"
        let open = try database.all(
            "SELECT \(columns) FROM \(source) WHERE g.closing_entry IS NULL ORDER BY g.noticed, s.origin, g.first"
        )
        let closed = try database.all(
            "SELECT \(columns) FROM \(source) WHERE g.closing_entry IS NOT NULL ORDER BY g.closing_entry DESC LIMIT 1000"
        )
        return StreamStatus(
            streams: try streams.map { row in
                let json = try row.optionalBytes(3).map { try JSONValue.parseCanonical($0) }
                return Stream(
                    origin: try row.spiffeID(0),
                    highest: UInt64(clamping: try row.integer(1)),
                    heartbeat: try row.optionalInteger(2).map { Timestamp(millisecondsSinceEpoch: $0) },
                    outstanding: NumberRanges(json: json, limit: StreamStatement.maximumRanges) ?? NumberRanges()
                )
            },
            gaps: try (open + closed).map { row in
                Gap(
                    origin: try row.spiffeID(0),
                    numbers: try row.gapRange(1),
                    noticed: try row.time(3),
                    opened: try row.optionalInteger(4).map { UInt64(clamping: $0) },
                    closed: try row.optionalInteger(5).map { UInt64(clamping: $0) },
                    ended: try row.optionalText(6),
                    word: try row.optionalText(7)
                )
            },
            faults: Int(try database.integer("SELECT count(*) FROM entries WHERE kind = 'stream-fault'") ?? 0)
        )
    }
}

extension StreamStatus {
    /// As the operators' interface answers it.
    package var json: JSONValue {
        [
            "faults": .integer(Int64(faults)), "gaps": .array(gaps.map(\.json)),
            "streams": .array(streams.map(\.json)),
        ]
    }
}

extension StreamStatus.Stream {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "highest": .integer(Int64(clamping: highest)), "origin": .string(origin.description),
            "outstanding": outstanding.json,
        ]
        members["heartbeat"] = heartbeat.map { .string($0.rfc3339) }
        return .object(members)
    }
}

extension StreamStatus.Gap {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "first": .integer(Int64(clamping: numbers.lowerBound)),
            "last": .integer(Int64(clamping: numbers.upperBound)),
            "noticed": .string(noticed.rfc3339), "origin": .string(origin.description),
        ]
        members["opened"] = opened.map { .integer(Int64(clamping: $0)) }
        members["closed"] = closed.map { .integer(Int64(clamping: $0)) }
        members["ended"] = ended.map { .string($0) }
        members["word"] = word.map { .string($0) }
        return .object(members)
    }
}
