#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Tells when one of a set of files is another than before, by what the file system says of it.
///
/// Symbolic links are followed, all along the path: what counts is the file that would be read, so that a link that is
/// made to lead elsewhere is a change, as is one to the file that it leads to.
struct FileWatch: Sendable {
    private struct State: Hashable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    private var known: [String: State] = [:]

    init(_ paths: [String]) {
        _ = changes(in: paths)
    }

    /// The paths that changed, appeared or vanished since the last call.
    mutating func changes(in paths: [String]) -> [String] {
        var now: [String: State] = [:]
        // A file that cannot be seen counts as one that is not there; loading it says why.
        for path in paths { now[path] = Self.state(of: path) }
        defer { known = now }
        return Set(paths).union(known.keys).filter { known[$0] != now[$0] }.sorted()
    }

    private static func state(of path: String) -> State? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return State(
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino),
            size: Int64(status.st_size),
            seconds: Int(status.st_mtim.tv_sec),
            nanoseconds: Int(status.st_mtim.tv_nsec)
        )
    }
}

extension NodeConfiguration {
    /// Every file whose content decides what the node does.
    var watchedFiles: [String] {
        [file, identity.certificate, identity.key, identity.logKey] + policy.watched
            + trust.values.flatMap { [$0.root, $0.sheet] }
    }
}
