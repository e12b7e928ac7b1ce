/// The bytes of a record, which begin in a cell of a page and may go on elsewhere (SQLite file format section 1.6, the
/// overflow pages).
struct PagePayload {
    private let pages: DatabasePages
    /// The largest record that stands in its cell whole.
    private let most: Int
    /// One that does not, put together.
    private var spilled: [UInt8] = []

    init(_ pages: DatabasePages, most: Int) {
        self.pages = pages
        self.most = most
    }

    /// The record of so many bytes that begins at an offset of the page, until the next call.
    mutating func bytes(
        size: UInt64,
        at start: Int,
        of buffer: UnsafeMutableRawPointer
    ) throws -> UnsafeRawBufferPointer {
        let usable = pages.usableSize
        guard size < pages.count * UInt64(pages.pageSize), case let size = Int(size) else {
            throw DatabasePages.malformed
        }
        if size <= most {
            guard start + size <= usable else { throw DatabasePages.malformed }
            return UnsafeRawBufferPointer(start: buffer + start, count: size)
        }
        let least = (usable - 12) * 32 / 255 - 23
        let fitting = least + (size - least) % (usable - 4)
        let local = fitting <= most ? fitting : least
        guard start + local + 4 <= usable else { throw DatabasePages.malformed }
        spilled.removeAll(keepingCapacity: true)
        spilled.append(contentsOf: UnsafeRawBufferPointer(start: buffer + start, count: local))
        try follow(PageNumber.read(buffer, start + local, as: UInt32.self), until: size)
        return spilled.withUnsafeBytes { $0 }
    }

    /// Adds what the chain of overflow pages holds.
    private mutating func follow(_ first: UInt32, until size: Int) throws {
        let page = UnsafeMutableRawPointer.allocate(byteCount: pages.pageSize, alignment: 8)
        defer { page.deallocate() }
        var following = first
        while spilled.count < size {
            try pages.copy(following, to: page)
            following = PageNumber.read(page, 0, as: UInt32.self)
            let count = min(size - spilled.count, pages.usableSize - 4)
            spilled.append(contentsOf: UnsafeRawBufferPointer(start: page + 4, count: count))
        }
    }
}

/// The big-endian numbers of a page.
enum PageNumber {
    /// - Parameter offset: of a number that lies in the page whole.
    @inline(__always)
    static func read<Number: FixedWidthInteger>(
        _ page: UnsafeMutableRawPointer,
        _ offset: Int,
        as type: Number.Type
    ) -> Number {
        Number(bigEndian: page.loadUnaligned(fromByteOffset: offset, as: type))
    }
}
