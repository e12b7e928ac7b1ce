import GRDB

/// The rows of an index in its order, read from the pages of the file (SQLite file format section 1.6): the indexed
/// values, and behind them the number of the table's row.
struct IndexRows: ~Copyable, StoredRows {
    private struct Level {
        var isLeaf: Bool
        var cellCount: Int
        /// Of a leaf, the next cell; of an interior page, twice that, and one more once its child was walked.
        var step = 0
    }

    private let pages: DatabasePages
    /// From the root down to where the walk stands, and the pages there.
    private var levels: [Level] = []
    private var buffers: [UnsafeMutableRawPointer] = []
    private var pagesRead: UInt64 = 0
    private var record: PageRecord
    private var payload: PagePayload

    /// SQLite gives up at this depth, which no file reaches.
    private static let mostLevels = 20

    /// - Parameter columns: how many values a row has, the row's number counted.
    init(_ pages: DatabasePages, root: UInt32, columns: Int) throws {
        self.pages = pages
        record = PageRecord(columns: columns)
        payload = PagePayload(pages, most: (pages.usableSize - 12) * 64 / 255 - 23)
        try descend(to: root)
    }

    deinit {
        for buffer in buffers { buffer.deallocate() }
    }

    mutating func next() throws -> Bool {
        while let level = levels.last {
            let top = levels.count - 1
            levels[top].step += 1
            if level.isLeaf {
                if level.step < level.cellCount {
                    try read(level.step, of: top, from: 8)
                    return true
                }
                levels.removeLast()
            } else if level.step > 2 * level.cellCount {
                levels.removeLast()
            } else if level.step.isMultiple(of: 2) {
                try descend(to: try child(level.step / 2, of: top))
            } else {
                try read(level.step / 2, of: top, from: 12)
                return true
            }
        }
        return false
    }

    private mutating func descend(to page: UInt32) throws {
        pagesRead += 1
        guard page > 1, pagesRead <= pages.count, levels.count < Self.mostLevels else { throw DatabasePages.malformed }
        if buffers.count == levels.count { buffers.append(.allocate(byteCount: pages.pageSize, alignment: 8)) }
        let buffer = buffers[levels.count]
        // One page at a time: those of an index lie far from each other.
        try pages.read(page, to: buffer)
        let count = Int(PageNumber.read(buffer, 3, as: UInt16.self))
        let kind = buffer.load(as: UInt8.self)
        let cellsEnd = (kind == 0x0a ? 8 : 12) + 2 * count
        guard kind == 0x0a || kind == 0x02, cellsEnd <= pages.usableSize else { throw DatabasePages.malformed }
        try pages.checkFreeRoom(of: buffer, behind: cellsEnd)
        levels.append(Level(isLeaf: kind == 0x0a, cellCount: count))
    }

    private func child(_ index: Int, of level: Int) throws -> UInt32 {
        let buffer = buffers[level]
        if index == levels[level].cellCount { return PageNumber.read(buffer, 8, as: UInt32.self) }
        let start = Int(PageNumber.read(buffer, 12 + 2 * index, as: UInt16.self))
        guard start + 4 <= pages.usableSize else { throw DatabasePages.malformed }
        return PageNumber.read(buffer, start, as: UInt32.self)
    }

    private mutating func read(_ cell: Int, of level: Int, from pointers: Int) throws {
        let buffer = buffers[level]
        var start = Int(PageNumber.read(buffer, pointers + 2 * cell, as: UInt16.self))
        if !levels[level].isLeaf { start += 4 }
        var reader = VarintReader(UnsafeRawBufferPointer(start: buffer, count: pages.usableSize), at: start)
        guard let size = reader.next() else { throw DatabasePages.malformed }
        guard record.read(try payload.bytes(size: size, at: reader.position, of: buffer)) else {
            throw DatabasePages.malformed
        }
    }

    func isNull(_ column: Int32) -> Bool { record.isNull(Int(column)) }
    func integer(_ column: Int32) -> Int64? { record.integer(Int(column)) }
    func blob(_ column: Int32) -> UnsafeRawBufferPointer? { record.blob(Int(column)) }
    func text(_ column: Int32) -> UnsafeRawBufferPointer? { record.text(Int(column)) }
    func value(_ column: Int32) -> DatabaseValue { record.value(Int(column)) }
}
