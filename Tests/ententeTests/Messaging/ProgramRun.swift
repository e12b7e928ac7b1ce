import Foundation

/// One run of the built command.
struct ProgramRun {
    let status: Int32
    let output: [UInt8]
    let messages: String

    var text: String { String(decoding: output, as: UTF8.self) }

    /// Runs `entente`, which lies beside the tests, with pipes for all streams.
    init(_ arguments: [String], input: [UInt8] = []) async throws {
        try await self.init(Self.built.appendingPathComponent("entente"), arguments, input: input)
    }

    /// Runs a line of shell in which `entente` is the built command.
    init(shell line: String, in folder: String? = nil) async throws {
        try await self.init(URL(fileURLWithPath: "/bin/sh"), ["-c", line], in: folder)
    }

    /// The folder with what was built.
    static var built: URL { URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent() }

    private init(_ program: URL, _ arguments: [String], input: [UInt8] = [], in folder: String? = nil) async throws {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let environment = ProcessInfo.processInfo.environment
        process.environment = environment.merging(
            ["PATH": "\(Self.built.path):\(environment["PATH", default: ""])", "COLUMNS": ""]
        ) { $1 }
        let standardInput = Pipe()
        let standardOutput = Pipe()
        let standardError = Pipe()
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = standardError
        try process.run()
        if !input.isEmpty { try standardInput.fileHandleForWriting.write(contentsOf: Data(input)) }
        try standardInput.fileHandleForWriting.close()
        // Both are read at the same time: a full pipe would stop the program.
        async let output = Self.readAll(standardOutput)
        async let messages = Self.readAll(standardError)
        (self.output, self.messages) = (try await output, String(decoding: try await messages, as: UTF8.self))
        process.waitUntilExit()
        status = process.terminationStatus
    }

    private static func readAll(_ pipe: Pipe) async throws -> [UInt8] {
        let handle = pipe.fileHandleForReading
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { Array(try handle.readToEnd() ?? Data()) })
            }
        }
    }
}
