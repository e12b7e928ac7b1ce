import CanonicalEncoding
import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// The entries one by one: their bytes, the columns beside them, their details, and the tree that they make.
struct EntryWalk {
    let origin: String
    /// The tree of the entries up to the first gap.
    private(set) var tree = AppendableTree()
    /// The tiles of that tree.
    private(set) var tiles: [TileCoordinate: [SHA256Digest]] = [:]
    /// The root and the last entry's time at the size of each stored checkpoint.
    private(set) var heads: [UInt64: (root: SHA256Digest, time: Int64)] = [0: (MerkleTree.emptyRoot, 0)]

    private var isWhole = true
    private var lastTime: Int64 = .min
    private var sequences: [String: UInt64] = [:]

    init(origin: String) {
        self.origin = origin
    }

    mutating func run(_ database: Database, _ report: inout LogReport) throws {
        var sizes = try database.all("SELECT DISTINCT size FROM checkpoints WHERE size > 0 ORDER BY size")
            .map { try $0.integer(0) }[...]
        let columns = EntryTable.columnNames.map { "e.\($0)" }.joined(separator: ", ")
        let rows = try database.each(
            "SELECT e.idx, e.bytes, d.idx, d.salt, d.bytes, \(columns) "
                + "FROM entries e LEFT JOIN entry_details d ON d.idx = e.idx ORDER BY e.idx"
        )
        var expected: UInt64 = 0
        while let row = try rows.next() {
            let index = UInt64(clamping: try row.integer(0))
            if index != expected {
                if isWhole { report.add(.entry, expected, "missing: the next one stored has index \(index)") }
                isWhole = false
            }
            expected = index + 1
            report.entryCount += 1
            try check(row, index: index, &report)
            guard isWhole else { continue }
            if let size = sizes.first, UInt64(clamping: size) == tree.size {
                heads[tree.size] = (tree.head.root, lastTime)
                sizes.removeFirst()
            }
            if tree.size.isMultiple(of: 65_536) { takeTiles() }
        }
        takeTiles()
        report.head = isWhole ? tree.head : nil
        let strays = try database.all(
            "SELECT d.idx FROM entry_details d LEFT JOIN entries e ON e.idx = d.idx WHERE e.idx IS NULL ORDER BY d.idx"
        )
        for row in strays { report.add(.details, UInt64(clamping: try row.integer(0)), "details without an entry") }
    }

    private mutating func takeTiles() {
        for (coordinate, hashes) in tree.takeChangedTiles() { tiles[coordinate] = hashes }
    }

    private mutating func check(_ row: Row, index: UInt64, _ report: inout LogReport) throws {
        guard let bytes = try blob(row, 1, "bytes", .entry, index, &report) else {
            isWhole = false
            return
        }
        if isWhole { tree.append([MerkleTree.leafHash(bytes)]) }
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
            let stored: DatabaseValue = row[5 + position]
            if stored != value {
                report.add(
                    .entry,
                    index,
                    "column `\(name)`: expected `\(Self.text(value))`, got `\(Self.text(stored))`"
                )
            }
        }
        let time = entry.time.millisecondsSinceEpoch
        if time < lastTime { report.add(.entry, index, "its time `\(entry.time)` is before that of the entry before") }
        lastTime = max(lastTime, time)
        checkSequence(of: entry, index: index, &report)
        try checkDetails(of: entry, row, index: index, &report)
    }

    private mutating func checkSequence(of entry: AuditEntry, index: UInt64, _ report: inout LogReport) {
        guard entry.kind == .release, let destination = entry.destination?.description else { return }
        let expected = (sequences[destination] ?? 0) + 1
        let got = entry.sequence ?? 0
        if got != expected {
            report.add(.entry, index, "expected number \(expected) of the stream to `\(destination)`, got \(got)")
        }
        sequences[destination] = got
    }

    private func checkDetails(of entry: AuditEntry, _ row: Row, index: UInt64, _ report: inout LogReport) throws {
        let mark: DatabaseValue = row[2]
        guard !mark.isNull else {
            // No kind of entry records an erasure yet, so that none explains it.
            report.erasedCount += 1
            report.unexplainedErasureCount += 1
            report.add(.details, index, "they are gone, and no entry says that they were erased")
            return
        }
        report.detailsCount += 1
        guard let salt = try blob(row, 3, "salt", .details, index, &report),
            let bytes = try blob(row, 4, "bytes", .details, index, &report)
        else { return }
        if salt.count != 32 || AuditDetails(salt: salt, bytes: bytes).commitment != entry.details {
            report.add(.details, index, "they are not what the entry commits to")
        }
    }

    private func blob(
        _ row: Row,
        _ column: Int,
        _ name: String,
        _ subject: LogFinding.Subject,
        _ index: UInt64,
        _ report: inout LogReport
    ) throws -> [UInt8]? {
        do {
            return try row.bytes(column)
        } catch {
            report.add(subject, index, "`\(name)` is not a blob")
            return nil
        }
    }

    private static func text(_ value: DatabaseValue) -> String {
        switch value.storage {
        case .null: "none"
        case .int64(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): String(text.prefix(200))
        case .blob(let data): Hex.encode([UInt8](data.prefix(64)))
        }
    }
}
