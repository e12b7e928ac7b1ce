import GRDB
import GRDBSQLite

/// The pages of a database's file, read many at once through SQLite's own handle of it.
///
/// The handle is SQLite's because closing another one of the same file would give up the locks of this process
/// (POSIX advisory locks). What is read here is what SQLite would read as long as the transaction lasts in which
/// this was made: a reader's lock keeps pages from being moved into the file.
final class DatabasePages {
    /// What a page holds of rows, in bytes.
    let usableSize: Int
    let pageSize: Int
    let count: UInt64

    private let file: UnsafeMutablePointer<sqlite3_file>
    private let methods: sqlite3_io_methods
    private let size: Int64
    private let buffer: UnsafeMutableRawPointer
    private var chunks: [(number: Int64, use: UInt64)]
    /// By number: whether the page is on the file's list of free ones. Empty where there is none.
    private var isFree: [Bool] = []
    /// What is wrong with the list of free pages, from which SQLite takes the next one to write to; nil for nothing.
    private(set) var freeListProblem: String?
    private var uses: UInt64 = 0

    /// The largest page is one chunk.
    private static let chunkSize = 65_536
    /// Two tables that grew together stand beside each other: each has its chunk, and a few are kept.
    private static let chunkCount = 6

    /// The pages of the state that `database` reads; nil when the file alone does not hold that, or holds texts in another
    /// encoding than UTF-8.
    init?(of database: Database) throws {
        guard let connection = database.sqliteConnection, let name = sqlite3_db_filename(connection, "main"),
            name.pointee != 0, DatabaseFile.hasEmptyWriteAheadLog(String(cString: name))
        else { return nil }
        var handle: UnsafeMutablePointer<sqlite3_file>?
        guard sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &handle) == SQLITE_OK,
            let handle, let methods = handle.pointee.pMethods
        else { return nil }
        file = handle
        self.methods = methods.pointee
        var size: sqlite3_int64 = 0
        guard methods.pointee.xFileSize(handle, &size) == SQLITE_OK else { throw Self.unreadable }
        var header = [UInt8](repeating: 0, count: 100)
        guard size >= 100, methods.pointee.xRead(handle, &header, 100, 0) == SQLITE_OK else { throw Self.unreadable }
        let claimed = Int(header[16]) << 8 | Int(header[17])
        pageSize = claimed == 1 ? 65_536 : claimed
        guard pageSize >= 512, pageSize.nonzeroBitCount == 1, header[20] <= pageSize - 480 else { throw Self.malformed }
        guard header[56...59].elementsEqual([0, 0, 0, 1]) else { return nil }
        usableSize = pageSize - Int(header[20])
        self.size = size
        count = UInt64(size) / UInt64(pageSize)
        buffer = .allocate(byteCount: Self.chunkSize * Self.chunkCount, alignment: 4096)
        chunks = Array(repeating: (-1, 0), count: Self.chunkCount)
        try readFreeList(header)
    }

    /// Reads the list of free pages (SQLite file format section 1.5).
    private func readFreeList(_ header: [UInt8]) throws {
        var trunk = header[32...35].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        var rest = header[36...39].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        guard trunk != 0 || rest != 0 else { return }
        isFree = Array(repeating: false, count: Int(count) + 1)
        let page = UnsafeMutableRawPointer.allocate(byteCount: pageSize, alignment: 8)
        defer { page.deallocate() }
        while trunk != 0 {
            guard take(trunk) else { return }
            rest -= 1
            try fetch(trunk, to: page)
            let leaves = Int(PageNumber.read(page, 4, as: UInt32.self))
            guard leaves <= usableSize / 4 - 2 else {
                freeListProblem = "page \(trunk) of the list of free pages names \(leaves) of them"
                return
            }
            for place in 0..<leaves {
                guard take(PageNumber.read(page, 8 + 4 * place, as: UInt32.self)) else { return }
            }
            rest -= Int64(leaves)
            trunk = PageNumber.read(page, 0, as: UInt32.self)
        }
        if rest != 0 { freeListProblem = "the list of free pages has not as many as the header says" }
    }

    /// Notes a page of the list; false when that cannot be.
    private func take(_ page: UInt32) -> Bool {
        guard page >= 2, page <= count, !isFree[Int(page)] else {
            freeListProblem = "the list of free pages names page \(page), which is none, or twice"
            return false
        }
        isFree[Int(page)] = true
        return true
    }

    /// Notes that a page holds rows.
    private func expectInUse(_ page: UInt32) {
        guard !isFree.isEmpty, isFree[Int(page)] else { return }
        freeListProblem = "page \(page) holds rows, and stands on the list of free pages"
    }

    deinit {
        buffer.deallocate()
    }

    /// The rows of an index, in its order.
    ///
    /// - Parameter columns: how many values a row has, the row's number counted.
    func rows(ofIndex name: String, columns: Int, in database: Database) throws -> IndexRows {
        try IndexRows(self, root: Self.root(of: name, "index", in: database), columns: columns)
    }

    /// The rows of a table, from a row number on.
    ///
    /// - Parameter columns: those of the walk; the one that is the row's number is read as such.
    func rows(of table: String, _ columns: [String], from first: Int64, in database: Database) throws -> PageRows {
        var positions: [String: Int] = [:]
        for row in try database.all("SELECT name, cid FROM pragma_table_info(?) WHERE pk = 0", table) {
            positions[try row.text(0)] = Int(try row.integer(1))
        }
        let root = try Self.root(of: table, "table", in: database)
        return PageRows(self, root: root, positions: columns.map { positions[$0] }, from: first)
    }

    private static func root(of name: String, _ type: String, in database: Database) throws -> UInt32 {
        let roots = try database.all("SELECT rootpage FROM sqlite_schema WHERE type = ? AND name = ?", type, name)
        guard let root = try roots.first.map({ try $0.integer(0) }), let root = UInt32(exactly: root) else {
            throw malformed
        }
        return root
    }

    /// Reads a page of rows, numbered from one, and no other.
    func read(_ page: UInt32, to target: UnsafeMutableRawPointer) throws {
        guard page >= 1, page <= count else { throw Self.malformed }
        expectInUse(page)
        try fetch(page, to: target)
    }

    private func fetch(_ page: UInt32, to target: UnsafeMutableRawPointer) throws {
        let status = methods.xRead(file, target, Int32(pageSize), Int64(page - 1) * Int64(pageSize))
        guard status == SQLITE_OK else { throw Self.unreadable }
    }

    /// The free room of a b-tree page is listed as whoever writes to it expects it (SQLite file format section 1.6): where it
    /// is not, SQLite reads the rows and refuses to add or to erase one.
    ///
    /// - Parameter cellsEnd: where the pointers to the page's cells end.
    func checkFreeRoom(of page: UnsafeMutableRawPointer, behind cellsEnd: Int) throws {
        let content = Int(PageNumber.read(page, 5, as: UInt16.self))
        let start = content == 0 ? 65_536 : content
        guard cellsEnd <= start, start <= usableSize else { throw Self.malformed }
        var free = start - cellsEnd + Int(page.load(fromByteOffset: 7, as: UInt8.self))
        var place = Int(PageNumber.read(page, 1, as: UInt16.self))
        guard place == 0 || place >= start else { throw Self.malformed }
        while place > 0 {
            guard place + 4 <= usableSize else { throw Self.malformed }
            let next = Int(PageNumber.read(page, place, as: UInt16.self))
            let size = Int(PageNumber.read(page, place + 2, as: UInt16.self))
            // Blocks come in order, and what is between two is too much for none.
            guard place + size <= usableSize, next == 0 || next > place + size + 3 else { throw Self.malformed }
            free += size
            place = next
        }
        guard free <= usableSize - cellsEnd else { throw Self.malformed }
    }

    /// Copies a page of rows, numbered from one, out of the chunk that it is read with.
    func copy(_ page: UInt32, to target: UnsafeMutableRawPointer) throws {
        guard page >= 1, page <= count else { throw Self.malformed }
        expectInUse(page)
        let offset = Int64(page - 1) * Int64(pageSize)
        let (number, rest) = offset.quotientAndRemainder(dividingBy: Int64(Self.chunkSize))
        let slot = try chunks.firstIndex { $0.number == number } ?? read(number)
        uses += 1
        chunks[slot].use = uses
        target.copyMemory(from: buffer + slot * Self.chunkSize + Int(rest), byteCount: pageSize)
    }

    /// Reads a chunk over the one that was not used for longest.
    private func read(_ number: Int64) throws -> Int {
        let slot = chunks.indices.min { chunks[$0].use < chunks[$1].use } ?? 0
        chunks[slot].number = -1
        let offset = number * Int64(Self.chunkSize)
        let count = min(Int64(Self.chunkSize), size - offset)
        guard methods.xRead(file, buffer + slot * Self.chunkSize, Int32(count), offset) == SQLITE_OK else {
            throw Self.unreadable
        }
        chunks[slot].number = number
        return slot
    }

    /// What SQLite says of a page that is none.
    static var malformed: DatabaseError { DatabaseError(resultCode: .SQLITE_CORRUPT) }

    private static var unreadable: DatabaseError { DatabaseError(resultCode: .SQLITE_IOERR) }
}
