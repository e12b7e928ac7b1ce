import Foundation

/// The real `openssl` command: the other implementation that everything here is held against.
enum OpenSSLCommand {
    struct Failure: Error, CustomStringConvertible {
        let arguments: [String]
        let status: Int32
        let output: String

        var description: String { "`openssl \(arguments.joined(separator: " "))` exited with \(status): \(output)" }
    }

    /// What a command that succeeded has written, the files that it made included.
    struct Outcome {
        let output: [UInt8]
        let diagnostics: String
        let files: [String: [UInt8]]
    }

    /// Runs the command in a folder of its own that holds `files`.
    static func run(_ arguments: [String], files: [String: [UInt8]]) throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "entente-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, bytes) in files { try Data(bytes).write(to: folder.appending(path: name)) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder
        let output = Pipe()
        // A file, because a second pipe that nobody empties could block the command.
        let diagnostics = folder.appending(path: "diagnostics")
        try Data().write(to: diagnostics)
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: diagnostics)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: try Data(contentsOf: diagnostics), as: UTF8.self)
        guard process.terminationStatus == 0 else {
            throw Failure(arguments: arguments, status: process.terminationStatus, output: text)
        }
        var made: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where files[name] == nil {
            made[name] = [UInt8](try Data(contentsOf: folder.appending(path: name)))
        }
        return Outcome(output: [UInt8](data), diagnostics: text, files: made)
    }
}
