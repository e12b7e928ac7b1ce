import Foundation

/// One run of a script by the shell that a reader of the documents would use.
struct ShellRun {
    let status: Int32
    let output: String
    let messages: String

    /// Runs the script with `sh -eu` and waits for its end.
    ///
    /// Output goes through files, because a process that the script leaves behind would keep a pipe open.
    init(_ script: String, in folder: URL, environment: [String: String] = [:]) throws {
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("shell-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        func file(_ name: String) throws -> (URL, FileHandle) {
            let url = scratch.appendingPathComponent(name)
            try Data().write(to: url)
            return (url, try FileHandle(forWritingTo: url))
        }
        let (outputFile, outputHandle) = try file("output")
        let (messagesFile, messagesHandle) = try file("messages")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-eu", "-c", script]
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = outputHandle
        process.standardError = messagesHandle
        try process.run()
        process.waitUntilExit()
        status = process.terminationStatus
        output = String(decoding: try Data(contentsOf: outputFile), as: UTF8.self)
        messages = String(decoding: try Data(contentsOf: messagesFile), as: UTF8.self)
    }
}
