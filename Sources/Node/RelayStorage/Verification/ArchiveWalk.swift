import CanonicalEncoding
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// The entries of an archive one by one: bytes, columns, details, and the tree that they make on the one before them.
struct ArchiveWalk {
    let range: Range<UInt64>
    /// The tree of everything up to the last archived entry.
    private(set) var tree: AppendableTree
    /// The trees at the sizes of the stored checkpoints, and the time of the last entry in each.
    private(set) var heads: [UInt64: (root: SHA256Digest, time: Int64)] = [:]
    private let database: Database
    private let origin: String
    private let verifier: NoteVerifier

    /// - Returns: nil when the tiles before the first entry do not make a tree, which is a finding.
    init?(
        _ range: Range<UInt64>,
        origin: String,
        verifier: NoteVerifier,
        _ database: Database,
        _ report: inout LogReport
    ) throws {
        self.range = range
        self.database = database
        self.origin = origin
        self.verifier = verifier
        do {
            tree = try AppendableTree(size: range.lowerBound) { coordinate, width in
                Array(try TileTable.hashes(at: coordinate, in: database).prefix(width))
            }
        } catch {
            report.add(.tile, nil, "the tiles before the first entry: \(error)")
            return nil
        }
    }

    mutating func run(_ report: inout LogReport) throws {
        let sizes = Set(try database.all("SELECT size FROM checkpoints").map { UInt64(clamping: try $0.integer(0)) })
        let names = EntryTable.columnNames.map { "e.\($0)" }.joined(separator: ", ")
        let rows = try database.each(
            "SELECT e.idx, e.bytes, d.salt, d.bytes, \(names) FROM entries e "
                + "LEFT JOIN entry_details d ON d.idx = e.idx ORDER BY e.idx"
        )
        var erased = try laterErasures(&report)
        var lastTime = Int64.min
        var expected = range.lowerBound
        while let row = try rows.next() {
            let index = UInt64(clamping: try row.integer(0))
            guard index == expected, index < range.upperBound else {
                report.add(.entry, expected, "expected entry \(expected) of \(range), got \(index)")
                return
            }
            expected += 1
            report.entryCount += 1
            let bytes = try row.bytes(1)
            tree.append(leafHash: MerkleTree.leafHash(bytes))
            if let entry = try check(row, bytes, index, &report) {
                let time = entry.time.millisecondsSinceEpoch
                if time < lastTime { report.add(.entry, index, "its time is before that of the entry before") }
                lastTime = max(lastTime, time)
                if let details = try row.optionalBytes(3) {
                    if entry.kind == .erasure, let problem = erased.take(details, of: index) {
                        report.add(.details, index, problem)
                    }
                } else {
                    erased.note(gone: index, entry.kind)
                }
            }
            if sizes.contains(tree.size) { heads[tree.size] = (tree.head.root, lastTime) }
            if tree.size.isMultiple(of: 65_536) { try checkTiles(&report) }
        }
        guard expected == range.upperBound else {
            return report.add(.entry, expected, "it is missing: the archive is to hold the entries of \(range)")
        }
        try checkTiles(&report)
        try erased.check(database, &report)
        let strays = try database.all(
            "SELECT idx FROM entry_details WHERE idx NOT IN (SELECT idx FROM entries) ORDER BY idx"
        )
        for row in strays {
            report.add(.details, UInt64(clamping: try row.integer(0)), "details without an entry")
        }
    }

    private func check(_ row: Row, _ bytes: [UInt8], _ index: UInt64, _ report: inout LogReport) throws -> AuditEntry? {
        let entry: AuditEntry
        do {
            entry = try AuditEntry(canonicalBytes: bytes)
        } catch {
            report.add(.entry, index, error.description)
            return nil
        }
        if entry.index != index { report.add(.entry, index, "the entry says that its index is \(entry.index)") }
        if entry.log.rawValue != origin {
            report.add(.entry, index, "expected the log `\(origin)`, got `\(entry.log)`")
        }
        for (place, (name, value)) in zip(EntryTable.columnNames, EntryTable.columns(of: entry)).enumerated() {
            let stored: DatabaseValue = row[4 + place]
            if stored != value {
                report.add(.entry, index, "column `\(name)`: expected `\(value.shown)`, got `\(stored.shown)`")
            }
        }
        if let salt = try row.optionalBytes(2) {
            report.detailsCount += 1
            if AuditDetails(salt: salt, bytes: try row.bytes(3)).commitment != entry.details {
                report.add(.details, index, "they are not what the entry commits to")
            }
        }
        return entry
    }

    /// The erasures of entries behind the archive that are proven beside it.
    private func laterErasures(_ report: inout LogReport) throws -> LoggedErasures {
        var erasures = LoggedErasures()
        for row in try database.all("SELECT idx, bytes, proof, salt, details FROM later_erasures ORDER BY idx") {
            let index = UInt64(clamping: try row.integer(0))
            switch try LaterErasure.judge(row, origin: origin, verifier: verifier) {
            case .success:
                if let problem = erasures.take(try row.bytes(4), of: index) { report.add(.details, index, problem) }
            case .failure(let flaw): report.add(.details, index, "the later erasure: \(flaw.detail)")
            }
        }
        return erasures
    }

    /// Compares the tiles over the archived entries, as wide as these make them.
    private mutating func checkTiles(_ report: inout LogReport) throws {
        for (coordinate, hashes) in tree.takeChangedTiles() {
            guard let stored = try TileTable.bytes(at: coordinate, in: database) else {
                report.add(.tile, nil, "tile \(coordinate) is missing")
                continue
            }
            report.tileCount += 1
            if !stored.starts(with: TileBytes.encode(hashes)) {
                report.add(.tile, nil, "tile \(coordinate) is not the one that the entries make")
            }
        }
    }
}
