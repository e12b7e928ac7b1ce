import Foundation

/// Files that are there whole or not at all.
enum WholeFile {
    /// Reads a file of at most `limit` bytes.
    static func read(_ path: String, limit: Int = 16 << 20) throws(CommandFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("read", path) }
        defer { close(descriptor) }
        return try read(descriptor, path: path, limit: limit)
    }

    /// Whether the file begins with these bytes.
    static func begins(_ path: String, with bytes: [UInt8]) throws(CommandFailure) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("read", path) }
        defer { close(descriptor) }
        var start = [UInt8](repeating: 0, count: bytes.count)
        let count = Foundation.read(descriptor, &start, start.count)
        guard count >= 0 else { throw failure("read", path) }
        return count == bytes.count && start == bytes
    }

    /// Reads what an open descriptor has, at most `limit` bytes.
    static func read(_ descriptor: Int32, path: String, limit: Int) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Foundation.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw CommandFailure(
                    "`\(path)` is too large: expected at most \(limit) bytes",
                    next: "see that it is the file that you mean"
                )
            }
        }
    }

    /// Writes the bytes in place of what the file held.
    ///
    /// - Parameter makingFolders: whether missing folders above it are made. Not where a person names the file: a slip
    ///   of the keys would scatter what is written.
    static func replace(
        _ path: String,
        with bytes: [UInt8],
        mode: mode_t = 0o644,
        makingFolders: Bool = true
    ) throws(CommandFailure) {
        let temporary = try writeTemporary(bytes, beside: path, mode: mode, makingFolders: makingFolders)
        guard rename(temporary, path) == 0 else {
            let failure = writeFailure(path)
            unlink(temporary)
            throw failure
        }
        try synchronizeFolder(of: path)
    }

    /// Writes the bytes to a file that must not be there yet.
    ///
    /// - Parameter makingFolders: as in ``replace(_:with:mode:makingFolders:)``.
    static func create(
        _ path: String,
        with bytes: [UInt8],
        mode: mode_t,
        makingFolders: Bool = true
    ) throws(CommandFailure) {
        let temporary = try writeTemporary(bytes, beside: path, mode: mode, makingFolders: makingFolders)
        defer { unlink(temporary) }
        // link, unlike rename, does not replace.
        guard link(temporary, path) == 0 else {
            guard errno == EEXIST else { throw writeFailure(path) }
            throw isThere(path)
        }
        try synchronizeFolder(of: path)
    }

    /// Takes back a file that this run has made.
    static func remove(_ path: String) { unlink(path) }

    /// The failure for a file that would be overwritten.
    static func isThere(_ path: String) -> CommandFailure {
        CommandFailure("`\(path)` is there already and is never overwritten", next: "move it away first")
    }

    /// The folder that holds the file: what stands before the last slash, `.` where there is none.
    ///
    /// Cut by hand: Foundation stops the program on names of one character.
    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        let folder = path[..<slash]
        return folder.utf8.allSatisfy { $0 == UInt8(ascii: "/") } ? "/" : String(folder)
    }

    /// The name of the file in its folder.
    static func name(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.utf8.index(after: $0)...]) } ?? path
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func writeTemporary(
        _ bytes: [UInt8],
        beside path: String,
        mode: mode_t,
        makingFolders: Bool
    ) throws(CommandFailure) -> String {
        let folder = folder(of: path)
        if makingFolders {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw CommandFailure("cannot make folder `\(folder)`: \(error.localizedDescription)")
            }
        }
        let temporary = "\(path).\(UInt64.random(in: 0 ... .max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw writeFailure(path) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let failure = writeFailure(path)
                unlink(temporary)
                throw failure
            }
            written += count
        }
        guard fsync(descriptor) == 0 else {
            let failure = writeFailure(path)
            unlink(temporary)
            throw failure
        }
        return temporary
    }

    private static func synchronizeFolder(of path: String) throws(CommandFailure) {
        let folder = folder(of: path)
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("write", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("write", folder) }
    }

    /// Why the file, under the name that was asked for, cannot be written, by `errno`.
    private static func writeFailure(_ path: String) -> CommandFailure {
        let next =
            switch errno {
            case ENOENT, ENOTDIR: "make the folder `\(folder(of: path))` first, or correct the path"
            case ENOSPC, EDQUOT: "make room, or write to another disk"
            case EISDIR: "name a file in that folder"
            default: "write to a place where this account may"
            }
        return failure("write", path, next: next)
    }

    static func failure(_ operation: String, _ path: String, next: String? = nil) -> CommandFailure {
        let isRead = operation == "read"
        return CommandFailure(
            "cannot \(operation) `\(path)`: \(String(cString: strerror(errno)))",
            next: next ?? (isRead ? "name a file that is there and that this account may read" : nil)
        )
    }
}
