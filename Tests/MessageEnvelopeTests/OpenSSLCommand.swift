import Foundation

/// The real `openssl` and shell commands, run in a folder of their own: what others will read our messages with.
struct OpenSSLCommand {
    struct Outcome {
        let status: Int32
        let output: [UInt8]
        let diagnostics: String
    }

    let folder: URL

    /// Makes the folder with these files in it.
    init(files: [String: [UInt8]]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "envelope-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, bytes) in files { try Data(bytes).write(to: folder.appending(path: name)) }
    }

    func remove() throws { try FileManager.default.removeItem(at: folder) }

    func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: name))) }

    /// Runs a script of the shell as a reader of the documents would.
    func run(_ script: String) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-eu", "-c", script]
        process.currentDirectoryURL = folder
        // A file, because a second pipe that nobody empties could block the command.
        let diagnostics = folder.appending(path: "stderr-\(UUID().uuidString)")
        try Data().write(to: diagnostics)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: diagnostics)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            output: [UInt8](data),
            diagnostics: try String(decoding: Data(contentsOf: diagnostics), as: UTF8.self)
        )
    }
}
