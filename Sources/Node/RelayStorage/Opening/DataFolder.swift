import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A node's data folder, held by this process alone until it is released or the value goes.
///
/// The lock is an advisory `flock` on the folder itself, which the kernel drops when the process ends, however it ends:
/// a file in it could be removed and made again while the lock on it is held. It belongs to the open folder, so that a
/// second store in the same process is refused too. `<folder>/lock` says who holds it, for people.
final class DataFolder: Sendable {
    let path: String
    private let lock: Mutex<Int32?>

    /// What a new folder gets.
    private static let mode: mode_t = 0o710
    /// What a folder must not grant: writing to the group, anything to others.
    private static let forbidden: mode_t = 0o027

    var databasePath: String { path + "/entente.sqlite" }

    /// Makes the folder (mode 0710) and the database file (mode 0600) unless they exist, and takes the lock.
    ///
    /// The owner's group may pass through the folder to reach the operators' socket, and reads nothing else: all other
    /// files are the owner's alone. SQLite gives its write-ahead log and index the mode of the database file.
    ///
    /// - Throws: `StoreError.unusableFolder` when the group can change a folder that is there, or others can enter it.
    init(path: String) throws(StoreError) {
        self.path = path
        if mkdir(path, Self.mode) == 0 {
            // The process's mask has narrowed the mode; here it becomes what it is meant to be.
            guard chmod(path, Self.mode) == 0 else { throw DurableFolder.failure("set the mode of folder `\(path)`") }
            try DurableFolder.synchronise(folder: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        } else {
            guard errno == EEXIST else { throw DurableFolder.failure("make folder `\(path)`") }
            try Self.checkMode(of: path)
        }
        let lock = try Self.takeLock(in: path)
        self.lock = Mutex(lock)
        do {
            try Self.makeFile(path + "/entente.sqlite")
            try DurableFolder.synchronise(folder: path)
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

    private static func checkMode(of path: String) throws(StoreError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw DurableFolder.failure("look at folder `\(path)`") }
        guard status.st_mode & forbidden == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw .unusableFolder(
                "expected mode 0710, 0700 or 0750 of `\(path)`, got 0\(mode): make sure that nobody has changed what "
                    + "is in it, then `chmod 0710` it"
            )
        }
    }

    private static func takeLock(in path: String) throws(StoreError) -> Int32 {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw DurableFolder.failure("open folder `\(path)`") }
        guard flock(folder, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(folder)
            guard reason == EWOULDBLOCK else {
                throw .unusableFolder("cannot lock `\(path)`: \(DurableFolder.text(reason))")
            }
            throw .folderInUse(folder: path, process: holder(named: path + "/lock"))
        }
        do {
            try nameHolder(path + "/lock")
        } catch {
            close(folder)
            throw error
        }
        return folder
    }

    private static func nameHolder(_ name: String) throws(StoreError) {
        let file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw DurableFolder.failure("open `\(name)`") }
        defer { close(file) }
        let number = Array("\(getpid())\n".utf8)
        guard ftruncate(file, 0) == 0, pwrite(file, number, number.count, 0) == number.count else {
            throw DurableFolder.failure("write `\(name)`")
        }
    }

    /// The process number that the holder of the lock has written down; informative only.
    private static func holder(named name: String) -> Int32? {
        let file = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = pread(file, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer[..<count], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    private static func makeFile(_ name: String) throws(StoreError) {
        let file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw DurableFolder.failure("open `\(name)`") }
        defer { close(file) }
        guard fchmod(file, 0o600) == 0 else { throw DurableFolder.failure("set the mode of `\(name)`") }
    }
}
