import Foundation

/// The file of a stored log as the file system shows it, before SQLite opens it.
enum DatabaseFile {
    /// The bytes that every SQLite database begins with (SQLite file format section 1.3.1).
    private static let magic = Array("SQLite format 3\0".utf8)

    /// Refuses what is no database: what is damaged in one is SQLite's to find.
    static func check(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw errno == ENOENT
                ? .noDatabase("no database at `\(path)`") : .noDatabase("cannot open `\(path)`: \(reason)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .noDatabase("`\(path)` is no file")
        }
        guard status.st_size > 0 else { throw .noDatabase("`\(path)` is empty") }
        var bytes = [UInt8](repeating: 0, count: magic.count)
        guard read(descriptor, &bytes, bytes.count) == bytes.count, bytes == magic else {
            throw .noDatabase("`\(path)` is no SQLite database")
        }
    }

    /// Whether no process has the database open as a node does, and no commits stand in a write-ahead log beside it.
    static func standsAlone(_ path: String) -> Bool {
        var status = stat()
        guard stat("\(path)-shm", &status) != 0, errno == ENOENT else { return false }
        return hasEmptyWriteAheadLog(path)
    }

    /// Whether the file alone holds all commits.
    static func hasEmptyWriteAheadLog(_ path: String) -> Bool {
        var status = stat()
        guard stat("\(path)-wal", &status) == 0 else { return errno == ENOENT }
        return status.st_size == 0
    }

    /// The path as the URI of a file that does not change while it is open (SQLite URI filenames).
    static func unchangingLocation(of path: String) -> String {
        var location = path.hasPrefix("/") ? "file://" : "file:"
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                location.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                location += "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }
        }
        return location + "?immutable=1"
    }
}
