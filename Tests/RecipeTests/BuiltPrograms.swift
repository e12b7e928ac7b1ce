import Foundation
import Testing

/// The programs of this build, which lie beside the tests.
enum BuiltPrograms {
    static func folder() throws -> URL {
        let running = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        // Under `swift test` the running program may be the test helper of the toolchain.
        let candidates = ([running] + CommandLine.arguments).flatMap { path -> [URL] in
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            return [
                folder, folder.deletingLastPathComponent(),
                folder.deletingLastPathComponent().deletingLastPathComponent(),
            ]
        }
        let found = candidates.first { folder in
            ["entente", "entented"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent($0).path)
            }
        }
        return try #require(found, "`entente` and `entented` are not beside the tests: run `swift build` first")
    }
}
