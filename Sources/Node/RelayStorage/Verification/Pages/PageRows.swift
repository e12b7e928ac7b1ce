import GRDB

/// The rows of a table in the order of their numbers, read from the pages of the file (SQLite file format sections 1.6
/// and 2.1).
///
/// It reads what SQLite reads; only that it walks from leaf to leaf, without a program that is run for each row.
struct PageRows: ~Copyable, StoredRows {
    private let pages: DatabasePages
    private let firstRow: Int64
    /// Where each column of the walk stands in the record; nil is the row's number.
    private let positions: [Int?]

    /// Pages still to be read, the next one last, each with the row number that its rows do not go beyond.
    private var pending: [(page: UInt32, last: Int64)]
    private var pagesRead: UInt64 = 0
    private let leaf: UnsafeMutableRawPointer
    private var cell = 0
    private var cellCount = 0
    /// No row of the leaf has a higher number, or a search for it would look elsewhere.
    private var lastOnLeaf: Int64?

    private var row: Int64 = 0
    /// What the next row's number is beyond.
    private var floor: Int64?
    private var record: PageRecord
    private var payload: PagePayload

    /// - Parameters:
    ///   - root: the root page of the table.
    ///   - positions: the columns of the walk, by their positions in the table; nil is the row's number.
    ///   - first: the row number from which on rows are read.
    init(_ pages: DatabasePages, root: UInt32, positions: [Int?], from first: Int64) {
        self.pages = pages
        self.positions = positions
        firstRow = first
        pending = [(root, .max)]
        leaf = .allocate(byteCount: pages.pageSize, alignment: 8)
        payload = PagePayload(pages, most: pages.usableSize - 35)
        record = PageRecord(columns: (positions.compactMap { $0 }.max() ?? 0) + 1)
    }

    deinit {
        leaf.deallocate()
    }

    mutating func next() throws -> Bool {
        while true {
            if cell < cellCount {
                if try readCell() { return true }
            } else {
                guard let (page, last) = pending.popLast() else { return false }
                try open(page, last)
            }
        }
    }

    private mutating func open(_ page: UInt32, _ last: Int64) throws {
        pagesRead += 1
        // The first page holds the schema; and a page that is read twice stands under itself.
        guard page > 1, pagesRead <= pages.count else { throw DatabasePages.malformed }
        try pages.copy(page, to: leaf)
        let count = Int(PageNumber.read(leaf, 3, as: UInt16.self))
        switch leaf.load(as: UInt8.self) {
        case 0x0d:
            guard 8 + 2 * count <= pages.usableSize else { throw DatabasePages.malformed }
            try pages.checkFreeRoom(of: leaf, behind: 8 + 2 * count)
            floor = lastOnLeaf
            (cell, cellCount, lastOnLeaf) = (0, count, last)
        case 0x05:
            guard 12 + 2 * count <= pages.usableSize else { throw DatabasePages.malformed }
            try pages.checkFreeRoom(of: leaf, behind: 12 + 2 * count)
            try descend(count, last)
        default: throw DatabasePages.malformed
        }
    }

    /// Puts the pages below an interior one before those that come after it.
    private mutating func descend(_ count: Int, _ last: Int64) throws {
        (cell, cellCount) = (0, 0)
        pending.append((PageNumber.read(leaf, 8, as: UInt32.self), last))
        var bound = last
        for index in (0..<count).reversed() {
            let start = Int(PageNumber.read(leaf, 12 + 2 * index, as: UInt16.self))
            guard start + 4 <= pages.usableSize else { throw DatabasePages.malformed }
            var reader = VarintReader(UnsafeRawBufferPointer(start: leaf, count: pages.usableSize), at: start + 4)
            guard let number = reader.next(), case let key = Int64(bitPattern: number), key <= bound else {
                throw DatabasePages.malformed
            }
            bound = key
            if key >= firstRow { pending.append((PageNumber.read(leaf, start, as: UInt32.self), key)) }
        }
    }

    /// Reads the next cell of the leaf; false for a row before the first that is asked for.
    private mutating func readCell() throws -> Bool {
        let start = Int(PageNumber.read(leaf, 8 + 2 * cell, as: UInt16.self))
        cell += 1
        let page = UnsafeRawBufferPointer(start: leaf, count: pages.usableSize)
        var reader = VarintReader(page, at: start)
        guard let size = reader.next(), let number = reader.next() else { throw DatabasePages.malformed }
        row = Int64(bitPattern: number)
        // In order, and where a search by number would look.
        guard row <= lastOnLeaf ?? .max, floor.map({ $0 < row }) ?? true else { throw DatabasePages.malformed }
        floor = row
        guard row >= firstRow else { return false }
        guard record.read(try payload.bytes(size: size, at: reader.position, of: leaf)) else {
            throw DatabasePages.malformed
        }
        return true
    }

    func isNull(_ column: Int32) -> Bool {
        positions[Int(column)].map { record.isNull($0) } ?? false
    }

    func integer(_ column: Int32) -> Int64? {
        guard let position = positions[Int(column)] else { return row }
        return record.integer(position)
    }

    func blob(_ column: Int32) -> UnsafeRawBufferPointer? {
        positions[Int(column)].flatMap { record.blob($0) }
    }

    func text(_ column: Int32) -> UnsafeRawBufferPointer? {
        positions[Int(column)].flatMap { record.text($0) }
    }

    func value(_ column: Int32) -> DatabaseValue {
        positions[Int(column)].map { record.value($0) } ?? row.databaseValue
    }
}
