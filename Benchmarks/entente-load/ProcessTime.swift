import Foundation

/// The CPU time of a process, as the kernel counts it.
enum ProcessTime {
    /// User and system time so far, in microseconds (`/proc/PID/stat`, fields 14 and 15).
    static func microseconds(of pid: Int32) throws -> Int64 {
        let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        // The name in parentheses may hold spaces; the fields behind it do not.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Int64(fields[12]), let system = Int64(fields[13]) else {
            throw ExampleCoalition.Missing(description: "cannot read the CPU time of process \(pid)")
        }
        return (user + system) * 1_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK)))
    }
}
