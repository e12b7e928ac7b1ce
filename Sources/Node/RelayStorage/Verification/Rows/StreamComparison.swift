import GRDB

/// The last numbers of the streams, as the releases in the log have them.
enum StreamComparison {
    static func run(_ database: Database, walk: EntryWalk, _ report: inout LogReport) throws {
        var expected = walk.tally.lastNumbers
        for row in try database.all("SELECT destination, last_sequence FROM streams ORDER BY destination") {
            let (destination, number) = (try row.text(0), try row.integer(1))
            var last = expected.removeValue(forKey: destination)
            if last == nil, walk.start > 0 { last = try known(destination, in: database) }
            report.rowCount += 1
            guard last.map({ Int64(clamping: $0) }) != number else { continue }
            let want = last.map { "\($0)" } ?? "no such stream"
            report.add(.stream, nil, "the last number to `\(destination)`: expected \(want), got \(number)")
        }
        for (destination, number) in expected.sorted(by: { $0.key < $1.key }) {
            report.add(.stream, nil, "the last number to `\(destination)`: expected \(number), got none")
        }
    }

    /// The last number of a stream that has not gone on since the verification's start.
    private static func known(_ destination: String, in database: Database) throws -> UInt64? {
        try database.integer(
            "SELECT max(sequence) FROM entries WHERE destination = ? AND sequence IS NOT NULL AND kind = 'release'",
            destination
        ).map { UInt64(clamping: $0) }
    }
}
