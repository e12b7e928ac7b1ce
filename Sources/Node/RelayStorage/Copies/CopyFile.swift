import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file that is being made under another name and gets its own when it is whole, so that no half of it is ever found there.
struct CopyFile {
    /// The name it is to have.
    let path: String
    /// The name it has until then.
    let draft: String

    /// Makes the empty draft, mode 0600, in the place of one that was left behind.
    ///
    /// - Throws: ``StoreError/orderRefused(_:)`` for a path that is not absolute or lies in `dataFolder`, and for a file that is
    ///   there unless `mayReplace` lets it go.
    init(
        at path: String,
        outside dataFolder: String?,
        mayReplace: ((String) throws(StoreError) -> Void)? = nil
    ) throws(StoreError) {
        guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(0) else {
            throw .orderRefused("expected the absolute path of a file, got `\(path)`")
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        var (own, other) = (stat(), stat())
        guard stat(folder, &other) == 0, other.st_mode & S_IFMT == S_IFDIR else {
            throw .orderRefused("there is no folder `\(folder)`, or this node's account may not look into it")
        }
        if let dataFolder, stat(dataFolder, &own) == 0, own.st_dev == other.st_dev, own.st_ino == other.st_ino {
            throw .orderRefused("a copy in the data folder is lost with it: name another folder")
        }
        self.path = path
        draft = folder + "/." + URL(fileURLWithPath: path).lastPathComponent + ".entente-draft"
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG, let mayReplace else {
                throw .orderRefused("`\(path)` is there already: move it away, or name another file")
            }
            try mayReplace(path)
        }
        unlink(draft)
        let file = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Self.failure("write to `\(folder)`") }
        close(file)
    }

    /// Gives the file its name and makes both durable.
    func name(replacing: Bool) throws(StoreError) {
        let file = open(draft, O_RDONLY | O_CLOEXEC)
        guard file >= 0, fsync(file) == 0 else {
            let failure = Self.failure("sync `\(path)`")
            close(file)
            throw failure
        }
        close(file)
        if replacing {
            guard rename(draft, path) == 0 else { throw Self.failure("write `\(path)`") }
        } else {
            // `link`, unlike `rename`, does not replace.
            guard link(draft, path) == 0 else {
                guard errno == EEXIST else { throw Self.failure("write `\(path)`") }
                throw .orderRefused("`\(path)` has come to be there meanwhile: name another file")
            }
            unlink(draft)
        }
        try DurableFolder.synchronise(folder: URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    /// Refuses to go on where that would leave less room than is reserved for a node that shares the disk.
    ///
    /// - Parameter needed: how many bytes are still to be written, as far as that is known.
    func checkRoom(for needed: Int = 0, leaving reserve: Int, besides node: String) throws(StoreError) {
        let room = try room(besides: node)
        let reserve = room.isShared ? reserve : 0
        guard room.bytes < needed + reserve else { return }
        let demand = needed > 0 ? "the copy takes \(needed) bytes" : "the copy goes on"
        throw .storageFull(
            demand + (reserve > 0 ? " and leaves the node \(reserve)" : "") + "; there are \(room.bytes)"
        )
    }

    /// Why the copy was given up, with what to do where the disk is full: the draft is taken away.
    func givenUp(_ error: any Error) -> StoreError {
        discard()
        guard case .storageFull(let detail) = StoreError(error) else { return StoreError(error) }
        return .storageFull("\(detail): nothing of `\(path)` is kept; make room there, or name a file on another disk")
    }

    /// Takes the draft away.
    private func discard() {
        unlink(draft)
        // SQLite makes this beside a database that it writes.
        unlink(draft + "-journal")
    }

    /// The size of the file in bytes.
    func size() throws(StoreError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Self.failure("look at `\(path)`") }
        return Int(status.st_size)
    }

    /// The bytes that can still be written where the draft lies, and whether `other` lies on the same file system.
    private func room(besides other: String) throws(StoreError) -> (bytes: Int, isShared: Bool) {
        var (own, its) = (stat(), stat())
        guard let bytes = FileSystemRoom.bytes(at: draft), stat(draft, &own) == 0, stat(other, &its) == 0 else {
            throw Self.failure("look at `\(draft)`")
        }
        return (bytes, own.st_dev == its.st_dev)
    }

    /// The error of the system call that has just failed: what is wrong with a place that somebody named is no fault of
    /// the data folder.
    private static func failure(_ action: String) -> StoreError {
        switch DurableFolder.failure(action) {
        case .unusableFolder(let detail): .orderRefused("\(detail), as the account that writes it")
        case let error: error
        }
    }
}
