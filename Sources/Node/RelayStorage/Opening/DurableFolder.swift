#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A folder of small files that survive a failure of power: whole as they were, or whole as they are to be.
package struct DurableFolder: Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// Writes files (mode 0600), making the folder (mode 0700) when it is not there; its parent exists.
    ///
    /// All of them are on the disk under other names before the first takes its own, so that a disk that is full
    /// changes none. When this returns, names and contents are durable.
    package func write(_ files: [String: [UInt8]]) throws(StoreError) {
        guard !files.isEmpty else { return }
        if mkdir(path, 0o700) == 0 {
            try Self.synchronise(folder: path + "/..")
        } else {
            guard errno == EEXIST else { throw Self.failure("make folder `\(path)`") }
        }
        var written: [String] = []
        do throws(StoreError) {
            for (name, bytes) in files {
                let draft = draft(name)
                written.append(draft)
                try Self.write(bytes, to: draft)
            }
        } catch {
            for draft in written { unlink(draft) }
            throw error
        }
        for name in files.keys {
            guard rename(draft(name), path + "/" + name) == 0 else {
                throw Self.failure("write `\(path)/\(name)`")
            }
        }
        try Self.synchronise(folder: path)
    }

    private func draft(_ name: String) -> String { path + "/." + name + ".new" }

    private static func write(_ bytes: [UInt8], to name: String) throws(StoreError) {
        let file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure("write `\(name)`") }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { posixWrite(file, $0.baseAddress, $0.count) }
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                throw failure("write `\(name)`")
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(file) == 0 else { throw failure("sync `\(name)`") }
    }

    /// Makes names in the folder durable: a file that is synced can still lose its name.
    static func synchronise(folder: String) throws(StoreError) {
        let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw failure("open folder `\(folder)`") }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure("sync folder `\(folder)`") }
    }

    /// The error of the system call that has just failed.
    static func failure(_ action: String) -> StoreError {
        let reason = errno
        if reason == ENOSPC || reason == EDQUOT { return .storageFull("cannot \(action): \(text(reason))") }
        return .unusableFolder("cannot \(action): \(text(reason))")
    }

    static func text(_ reason: Int32) -> String { String(cString: strerror(reason)) }
}

// The methods above have the name of the system call; this reaches past them.
private func posixWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, bytes, count)
}
