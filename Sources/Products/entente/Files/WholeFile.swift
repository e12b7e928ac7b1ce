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
                throw CommandFailure("`\(path)` is too large: expected at most \(limit) bytes")
            }
        }
    }

    /// Writes the bytes in place of what the file held; folders above it are made.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o644) throws(CommandFailure) {
        let temporary = try writeTemporary(bytes, beside: path, mode: mode)
        guard rename(temporary, path) == 0 else {
            let failure = failure("write", path)
            unlink(temporary)
            throw failure
        }
        try synchronizeFolder(of: path)
    }

    /// Writes the bytes to a file that must not be there yet; folders above it are made.
    static func create(_ path: String, with bytes: [UInt8], mode: mode_t) throws(CommandFailure) {
        let temporary = try writeTemporary(bytes, beside: path, mode: mode)
        defer { unlink(temporary) }
        // link, unlike rename, does not replace.
        guard link(temporary, path) == 0 else {
            guard errno == EEXIST else { throw failure("write", path) }
            throw CommandFailure("`\(path)` is there already and is never overwritten", next: "move it away first")
        }
        try synchronizeFolder(of: path)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func writeTemporary(
        _ bytes: [UInt8],
        beside path: String,
        mode: mode_t
    ) throws(CommandFailure) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw CommandFailure("cannot make folder `\(folder)`: \(error.localizedDescription)")
            }
        }
        let temporary = "\(path).\(UInt64.random(in: 0 ... .max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("write", temporary) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let failure = failure("write", temporary)
                unlink(temporary)
                throw failure
            }
            written += count
        }
        guard fsync(descriptor) == 0 else {
            let failure = failure("write", temporary)
            unlink(temporary)
            throw failure
        }
        return temporary
    }

    private static func synchronizeFolder(of path: String) throws(CommandFailure) {
        let parent = (path as NSString).deletingLastPathComponent
        let folder = parent.isEmpty ? "." : parent
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("write", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("write", folder) }
    }

    static func failure(_ operation: String, _ path: String) -> CommandFailure {
        CommandFailure("cannot \(operation) `\(path)`: \(String(cString: strerror(errno)))")
    }
}
