import Foundation
import GRDB

/// The pages that a database says it has, against those that its files hold.
///
/// SQLite refuses a file that was cut off only while no write-ahead log lies beside it. With one, it reads what is missing
/// as zeroes, and what nobody looks at while verifying, such as an index, would not be missed.
struct PagesPresent {
    private let path: String
    private let pageSize: Int
    private let pageCount: Int

    /// - Throws: `StoreError.damaged` when a page of the state that `database` reads is in neither file.
    static func check(_ database: Database) throws {
        let files = try Row.fetchAll(database, sql: "PRAGMA database_list")
        guard let main = try files.first(where: { try $0.text(1) == "main" }) else { return }
        let pages = PagesPresent(
            path: try main.text(2),
            pageSize: Int(try database.integer("PRAGMA page_size") ?? 0),
            pageCount: Int(try database.integer("PRAGMA page_count") ?? 0)
        )
        guard !pages.path.isEmpty, pages.pageSize > 0 else { return }
        try pages.check()
    }

    private func check() throws {
        guard try wholePages() < pageCount else { return }
        // Read before the database's length: a running node moves pages from the one to the other.
        let logged = try loggedPages()
        let first = try wholePages()
        guard first < pageCount else { return }
        // SQLite never uses the page at 1 GiB (file format section 1.2).
        let unused = (1 << 30) / pageSize + 1
        let missing = (first + 1...pageCount).first { $0 != unused && !logged.contains($0) }
        guard let missing else { return }
        throw StoreError.damaged(
            "`\(path)` was cut off: it says that it has \(pageCount) pages of \(pageSize) bytes, and page \(missing) is "
                + "neither in it nor in a write-ahead log beside it; verify an older copy"
        )
    }

    private func wholePages() throws -> Int {
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
        return (size?.intValue ?? 0) / pageSize
    }

    /// The pages that whole commits of the write-ahead log hold (file format section 4.1).
    private func loggedPages() throws -> Set<Int> {
        let log = path + "-wal"
        guard FileManager.default.fileExists(atPath: log) else { return [] }
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: log))
        defer { file.closeFile() }
        guard let header = try file.read(upToCount: 32), header.count == 32 else { return [] }
        let salt = header[16..<24]
        var committed: Set<Int> = []
        var pending: [Int] = []
        var offset: UInt64 = 32
        while true {
            try file.seek(toOffset: offset)
            guard let frame = try file.read(upToCount: 24), frame.count == 24, frame[8..<16] == salt else { break }
            pending.append(Self.number(frame[0..<4]))
            if Self.number(frame[4..<8]) > 0 {
                committed.formUnion(pending)
                pending.removeAll()
            }
            offset += 24 + UInt64(pageSize)
        }
        return committed
    }

    private static func number(_ bytes: Data) -> Int {
        bytes.reduce(0) { $0 << 8 | Int($1) }
    }
}
