import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A node's data folder, held by this process alone until it is released or the value goes.
///
/// The lock is an advisory `flock` on `<folder>/lock`, which the kernel drops when the process ends, however it ends.
/// It belongs to the open file, so that a second store in the same process is refused too.
final class DataFolder: Sendable {
    let path: String
    private let lock: Mutex<Int32?>

    var databasePath: String { path + "/entente.sqlite" }

    /// Makes the folder (mode 0700) and the database file (mode 0600) unless they exist, narrows their modes if they
    /// are wider, and takes the lock.
    ///
    /// SQLite gives its write-ahead log and index the mode of the database file.
    init(path: String) throws(StoreError) {
        self.path = path
        if mkdir(path, 0o700) != 0 {
            guard errno == EEXIST else { throw Self.failure("make folder `\(path)`") }
        } else {
            try Self.synchronise(folder: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        }
        guard chmod(path, 0o700) == 0 else { throw Self.failure("set the mode of folder `\(path)`") }
        let lock = try Self.takeLock(in: path)
        self.lock = Mutex(lock)
        do {
            try Self.makeFile(path + "/entente.sqlite")
            try Self.synchronise(folder: path)
        } catch {
            close(lock)
            throw error
        }
    }

    deinit {
        release()
    }

    /// Lets go of the folder; nothing in it may be used afterwards.
    func release() {
        lock.withLock { file in
            if let held = file { close(held) }
            file = nil
        }
    }

    private static func takeLock(in path: String) throws(StoreError) -> Int32 {
        let name = path + "/lock"
        let file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure("open `\(name)`") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            let holder = holder(file)
            close(file)
            guard reason == EWOULDBLOCK else { throw .unusableFolder("cannot lock `\(name)`: \(text(reason))") }
            throw .folderInUse(folder: path, process: holder)
        }
        let number = Array("\(getpid())\n".utf8)
        guard ftruncate(file, 0) == 0, pwrite(file, number, number.count, 0) == number.count else {
            let error = failure("write `\(name)`")
            close(file)
            throw error
        }
        return file
    }

    /// The process number that the holder of the lock has written into it; informative only.
    private static func holder(_ file: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = pread(file, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer[..<count], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    private static func makeFile(_ name: String) throws(StoreError) {
        let file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure("open `\(name)`") }
        defer { close(file) }
        guard fchmod(file, 0o600) == 0 else { throw failure("set the mode of `\(name)`") }
    }

    /// Makes names in the folder durable: a file that is synced can still lose its name.
    private static func synchronise(folder: String) throws(StoreError) {
        let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw failure("open folder `\(folder)`") }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure("sync folder `\(folder)`") }
    }

    private static func failure(_ action: String) -> StoreError {
        let reason = errno
        if reason == ENOSPC || reason == EDQUOT { return .storageFull("cannot \(action): \(text(reason))") }
        return .unusableFolder("cannot \(action): \(text(reason))")
    }

    private static func text(_ reason: Int32) -> String { String(cString: strerror(reason)) }
}
