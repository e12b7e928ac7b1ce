import Foundation

/// How some files looked at one moment, so that a change of any of them can be seen.
struct FileStamps: Hashable {
    private struct Stamp: Hashable {
        let device: UInt64
        let node: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    /// nil for a file that is not there.
    private let stamps: [Stamp?]

    init(of paths: [String]) {
        stamps = paths.map { path in
            var facts = stat()
            guard stat(path, &facts) == 0 else { return nil }
            return Stamp(
                device: UInt64(facts.st_dev),
                node: UInt64(facts.st_ino),
                size: Int64(facts.st_size),
                seconds: Int(facts.st_mtim.tv_sec),
                nanoseconds: Int(facts.st_mtim.tv_nsec)
            )
        }
    }

    /// Waits until the files look otherwise than they did, and says how they look then.
    static func next(of paths: [String], after stamps: FileStamps) -> FileStamps {
        while true {
            let now = FileStamps(of: paths)
            if now != stamps { return now }
            usleep(200_000)
        }
    }
}
