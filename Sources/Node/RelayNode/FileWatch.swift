import Foundation

/// Tells when one of a set of files is another than before, by what the file system says of it.
struct FileWatch {
    private struct State: Hashable {
        var modified: Date?
        var size: Int?
        var inode: Int?
    }

    private var known: [String: State] = [:]

    init(_ paths: [String]) {
        _ = changes(in: paths)
    }

    /// The paths that changed, appeared or vanished since the last call.
    mutating func changes(in paths: [String]) -> [String] {
        var now: [String: State] = [:]
        for path in paths {
            var state = State()
            do {
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                state.modified = attributes[.modificationDate] as? Date
                state.size = (attributes[.size] as? NSNumber)?.intValue
                state.inode = (attributes[.systemFileNumber] as? NSNumber)?.intValue
            } catch {
                // A file that cannot be seen is in the state of one that is not there; loading it says why.
                state = State()
            }
            now[path] = state
        }
        defer { known = now }
        return now.keys.filter { known[$0] != now[$0] }.sorted()
    }
}

extension NodeConfiguration {
    /// Every file whose content decides what the node does.
    var watchedFiles: [String] {
        [file, policy, identity.certificate, identity.key] + trust.values.flatMap { [$0.root, $0.sheet] }
    }
}
