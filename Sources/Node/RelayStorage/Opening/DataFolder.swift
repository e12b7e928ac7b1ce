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
        let name = path + "/lock"
        let file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw DurableFolder.failure("open `\(name)`") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            let holder = holder(file)
            close(file)
            guard reason == EWOULDBLOCK else {
                throw .unusableFolder("cannot lock `\(name)`: \(DurableFolder.text(reason))")
            }
            throw .folderInUse(folder: path, process: holder)
        }
        let number = Array("\(getpid())\n".utf8)
        guard ftruncate(file, 0) == 0, pwrite(file, number, number.count, 0) == number.count else {
            let error = DurableFolder.failure("write `\(name)`")
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
        guard file >= 0 else { throw DurableFolder.failure("open `\(name)`") }
        defer { close(file) }
        guard fchmod(file, 0o600) == 0 else { throw DurableFolder.failure("set the mode of `\(name)`") }
    }
}
