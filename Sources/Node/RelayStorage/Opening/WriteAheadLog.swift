#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// SQLite's write-ahead log as a file, for when it is not known what of it the disk holds.
///
/// So it is after a sync that failed, and after a process that was killed before it synced: the kernel then shows bytes
/// that a failure of power takes away, and a later sync that succeeds says nothing about those that an earlier one lost.
struct WriteAheadLog: Sendable {
    let path: String

    private static let chunkSize = 1 << 20

    init(database: String) {
        path = database + "-wal"
    }

    /// Writes every byte of it once more where it stands, and syncs it. When this returns, the disk holds what is read
    /// from it; there is nothing to do where there is none.
    ///
    /// The bytes do not change, so that readers go on meanwhile. Nobody may write to it.
    func makeDurable() throws(StoreError) {
        let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT { return }
            throw failure("open")
        }
        defer { close(file) }
        var chunk = [UInt8](repeating: 0, count: Self.chunkSize)
        var offset = 0
        while true {
            let count = pread(file, &chunk, chunk.count, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read") }
            if count == 0 { break }
            try write(chunk[..<count], to: file, at: offset)
            offset += count
        }
        guard fdatasync(file) == 0 else { throw failure("sync") }
    }

    private func write(_ bytes: ArraySlice<UInt8>, to file: Int32, at start: Int) throws(StoreError) {
        var rest = bytes
        while !rest.isEmpty {
            let offset = off_t(start + rest.startIndex)
            let count = rest.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, offset) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write") }
            rest = rest.dropFirst(count)
        }
    }

    /// The error of the system call that has just failed.
    private func failure(_ action: String) -> StoreError {
        let reason = errno
        let detail = "cannot \(action) `\(path)`: \(DurableFolder.text(reason))"
        return reason == ENOSPC || reason == EDQUOT ? .storageFull(detail) : .unavailable(detail)
    }
}
