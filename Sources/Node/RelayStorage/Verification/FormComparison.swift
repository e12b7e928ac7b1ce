import GRDB

/// Values that no node writes, whatever table they stand in: numbers below zero or beyond what the other comparisons count
/// with, and texts with a zero byte, behind which SQLite compares nothing.
enum FormComparison {
    /// Times, sizes, counts and indices all lie in what a double holds exactly, as RFC 8785 wants of numbers.
    private static let largest: Int64 = 1 << 53

    /// - Returns: whether all values are of the right form, so that the other tables can be compared.
    static func run(_ database: Database, _ report: inout LogReport) throws -> Bool {
        let before = report.findingCount
        let tables = try database.all(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
        for row in tables { try check(try row.text(0), database, &report) }
        return report.findingCount == before
    }

    private static func check(_ table: String, _ database: Database, _ report: inout LogReport) throws {
        // The other columns of the entries are derived from their bytes, those of the details are what these commit to.
        let isOfWalk = table == "entries" || table == "entry_details"
        for column in try database.all("SELECT name, type FROM pragma_table_info(?) ORDER BY cid", table) {
            let (name, type) = (try column.text(0), try column.text(1))
            if isOfWalk, name != "idx" { continue }
            let quoted = name.quotedDatabaseIdentifier
            let condition: String
            switch type {
            case "INTEGER": condition = "(\(quoted) < 0 OR \(quoted) > \(largest))"
            case "TEXT": condition = "instr(\(quoted), char(0)) > 0"
            default: continue
            }
            let source = table.quotedDatabaseIdentifier
            let count = try database.integer("SELECT count(*) FROM \(source) WHERE \(condition)") ?? 0
            guard count > 0 else { continue }
            let expected = type == "TEXT" ? "texts without a zero byte" : "numbers from 0 to 2^53"
            let subject = LogFinding.Subject.ofTable(table)
            report.add(subject, nil, "column `\(name)` of `\(table)`: expected \(expected); \(count) rows have others")
        }
    }
}

extension LogFinding.Subject {
    /// What is examined when the rows of a table are.
    fileprivate static func ofTable(_ table: String) -> LogFinding.Subject {
        switch table {
        case "entries": .entry
        case "entry_details": .details
        case "tiles": .tile
        case "checkpoints": .checkpoint
        case "messages", "bodies": .message
        case "custody", "onward_custody", "custody_feeds": .custody
        case "outbox": .outbox
        case "inbox": .inbox
        case "receipts": .receipt
        case "non_deliveries": .nonDelivery
        case "refusals": .refusal
        case "streams", "inbound_streams", "inbound_numbers", "gaps": .stream
        case "policies", "policy_changes": .policy
        case "directories", "sheets", "known_logs": .directory
        case "forks", "witnessed_logs", "stable_checkpoints", "received_checkpoints": .witness
        default: .schema
        }
    }
}
