import CanonicalEncoding
import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// The entries one by one: their bytes, the columns beside them, their details, and the tree that they make.
struct EntryWalk {
    let origin: String
    /// The first entry that is looked at; what came before is proven by the checkpoint that it begins from.
    let start: UInt64
    /// The tree of the entries up to the first gap.
    private(set) var tree: AppendableTree
    /// The root and the last entry's time at the size of each stored checkpoint.
    private(set) var heads: [UInt64: (root: SHA256Digest, time: Int64)]
    /// What the entries say that other tables must hold.
    private(set) var tally = EntryTally()
    /// What the entries say was erased.
    private(set) var erasures = LoggedErasures()

    /// What they say that the indexes hold.
    private(set) var indexes = IndexSums(Self.entryColumns)

    /// Tiles at the right edge, as of the last look.
    private var edge: [TileCoordinate: [SHA256Digest]] = [:]
    private let comparison: TileComparison
    private var isWhole = true
    private var lastTime: Int64
    private let database: Database
    private var scanner = AuditEntryScanner()
    private let columns = EntryColumns(first: 2)

    private static let entryColumns = ["idx", "bytes"] + EntryTable.columnNames
    private static let detailsColumns = ["idx", "salt", "bytes"]
    private let originBytes: [UInt8]

    /// - Parameter base: the tree of the entries that are not looked at again, and the time of the last of them.
    init(origin: String, over base: (tree: AppendableTree, lastTime: Int64), _ database: Database) {
        self.origin = origin
        self.database = database
        comparison = TileComparison(database: database)
        originBytes = Array(origin.utf8)
        start = base.tree.size
        tree = base.tree
        lastTime = base.lastTime
        heads = [start: (base.tree.head.root, base.lastTime == .min ? 0 : base.lastTime)]
    }

    /// - Parameter pages: where to read the rows; nil to have SQLite read them.
    mutating func run(_ pages: DatabasePages?, _ report: inout LogReport) throws {
        let first = Int64(clamping: start)
        if let pages {
            let details = try pages.rows(of: "entry_details", Self.detailsColumns, from: first, in: database)
            let entries = try pages.rows(of: "entries", Self.entryColumns, from: first, in: database)
            return try run(entries, DetailsReader(details), &report)
        }
        func rows(of table: String, _ columns: [String]) throws -> RowReader {
            let names = columns.joined(separator: ", ")
            return try RowReader("SELECT \(names) FROM \(table) WHERE idx >= ? ORDER BY idx", [first], in: database)
        }
        let details = try DetailsReader(rows(of: "entry_details", Self.detailsColumns))
        try run(rows(of: "entries", Self.entryColumns), details, &report)
    }

    private mutating func run<Rows: StoredRows & ~Copyable>(
        _ entries: consuming Rows,
        _ details: consuming DetailsReader<Rows>,
        _ report: inout LogReport
    ) throws {
        var sizes = try database.all(
            "SELECT DISTINCT size FROM checkpoints WHERE size > ? ORDER BY size",
            Int64(clamping: start)
        )
        .map { try $0.integer(0) }[...]
        var rows = entries
        var expected = start
        while try rows.next() {
            let index = UInt64(clamping: rows.integer(0) ?? -1)
            if index != expected {
                if isWhole { report.add(.entry, expected, "missing: the next one stored has index \(index)") }
                isWhole = false
            }
            expected = index + 1
            report.entryCount += 1
            indexes.add(Int64(clamping: index), rows)
            try check(rows, &details, index: index, &report)
            guard isWhole else { continue }
            if let size = sizes.first, UInt64(clamping: size) == tree.size {
                heads[tree.size] = (tree.head.root, lastTime)
                sizes.removeFirst()
            }
            if tree.size.isMultiple(of: 65_536) { try checkTiles(&report) }
        }
        try checkTiles(&report)
        for (coordinate, hashes) in edge.sorted(by: { $0.key < $1.key }) {
            try comparison.check(coordinate, hashes, &report)
        }
        try comparison.checkNoOthers(size: tree.size, &report)
        report.head = isWhole ? tree.head : nil
        try erasures.check(database, &report)
        try details.finish { index in report.add(.details, index, "details without an entry") }
    }

    /// Compares the tiles that are full; those at the edge wait for the end.
    private mutating func checkTiles(_ report: inout LogReport) throws {
        for (coordinate, hashes) in tree.takeChangedTiles() {
            if hashes.count == TileCoordinate.fullWidth {
                edge[coordinate] = nil
                try comparison.check(coordinate, hashes, &report)
            } else {
                edge[coordinate] = hashes
            }
        }
    }

    private mutating func check<Rows: StoredRows & ~Copyable>(
        _ row: borrowing Rows,
        _ details: inout DetailsReader<Rows>,
        index: UInt64,
        _ report: inout LogReport
    ) throws {
        let standing = try details.seek(index) { report.add(.details, $0, "details without an entry") }
        guard let bytes = row.blob(1) else {
            isWhole = false
            return report.add(.entry, index, "`bytes` is not a blob")
        }
        if isWhole { tree.append(leafHash: MerkleTree.leafHash(bytes)) }
        if let spans = scanner.scan(bytes), spans.index == index, spans.time.millisecondsSinceEpoch >= lastTime,
            originBytes.withUnsafeBytes({ EntryColumns.isSame(spans.log, $0) }), columns.match(spans, row),
            standing == .gone || spans.details.map({ details.commitment() == $0 }) ?? false, tally.takes(spans)
        {
            lastTime = spans.time.millisecondsSinceEpoch
            switch standing {
            case .there: report.detailsCount += 1
            case .gone: erasures.note(gone: index, spans.kind)
            }
            return
        }
        try checkInFull(row, Array(bytes), details, standing, index: index, &report)
    }

    /// Names what differs, or finds that it was an unusual form only.
    private mutating func checkInFull<Rows: StoredRows & ~Copyable>(
        _ row: borrowing Rows,
        _ bytes: [UInt8],
        _ details: borrowing DetailsReader<Rows>,
        _ standing: DetailsStanding,
        index: UInt64,
        _ report: inout LogReport
    ) throws {
        let entry: AuditEntry
        do {
            entry = try AuditEntry(canonicalBytes: bytes)
        } catch {
            report.add(.entry, index, error.description)
            return
        }
        if entry.index != index { report.add(.entry, index, "the entry says that its index is \(entry.index)") }
        if entry.log.rawValue != origin {
            report.add(.entry, index, "expected the log `\(origin)`, got `\(entry.log)`")
        }
        for (position, (name, value)) in zip(EntryTable.columnNames, EntryTable.columns(of: entry)).enumerated() {
            let stored = row.value(columns.first + Int32(position))
            if stored != value {
                let detail = "column `\(name)`: expected `\(value.shown)`, got `\(stored.shown)`"
                report.add(.entry, index, detail)
            }
        }
        let time = entry.time.millisecondsSinceEpoch
        if time < lastTime { report.add(.entry, index, "its time `\(entry.time)` is before that of the entry before") }
        lastTime = max(lastTime, time)
        if let detail = try tally.take(entry, before: start, in: database) { report.add(.entry, index, detail) }
        switch standing {
        case .gone: erasures.note(gone: index, entry.kind)
        case .there:
            report.detailsCount += 1
            guard details.commitment() == entry.details else {
                return report.add(.details, index, details.problem ?? "they are not what the entry commits to")
            }
            guard entry.kind == .erasure else { return }
            if let problem = erasures.take(details.bytes, of: index) { report.add(.details, index, problem) }
        }
    }
}

extension DatabaseValue {
    /// The value for a sentence.
    var shown: String {
        switch storage {
        case .null: "none"
        case .int64(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): String(text.prefix(200))
        case .blob(let data): Hex.encode([UInt8](data.prefix(64)))
        }
    }
}
