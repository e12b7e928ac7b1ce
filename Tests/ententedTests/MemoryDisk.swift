import Foundation

/// Small file systems in memory, in mount namespaces of their own.
enum MemoryDisk {
    /// Whether this process may make one.
    static let canMount = run("unshare", ["--mount", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]) == 0

    private static func run(_ program: String, _ arguments: [String]) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            return -1
        }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
