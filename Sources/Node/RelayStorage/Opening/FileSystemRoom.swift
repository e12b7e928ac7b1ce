#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How much can be written where a file lies.
enum FileSystemRoom {
    /// The bytes that an account without privileges can still write there; nil, with `errno` set, when the system does not say.
    static func bytes(at path: String) -> Int? {
        var room = statvfs()
        guard statvfs(path, &room) == 0 else { return nil }
        return Int(clamping: UInt64(room.f_bavail) * UInt64(room.f_frsize))
    }
}
