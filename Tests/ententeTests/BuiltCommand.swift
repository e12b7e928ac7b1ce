import Foundation
import Testing

/// The built `entente`, run as a process of its own.
enum BuiltCommand {
    struct Outcome: Sendable {
        let status: Int32
        let output: [UInt8]
        let messages: String

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// Runs the command and waits for its end; what it prints goes through files, so that no pipe can fill up.
    static func run(_ arguments: String...) async throws -> Outcome {
        try await run(arguments)
    }

    static func run(_ arguments: [String]) async throws -> Outcome {
        let folder = try TemporaryFolder()
        let output = try folder.write("", to: "output")
        let messages = try folder.write("", to: "messages")
        let process = Process()
        process.executableURL = try executable()
        process.arguments = arguments
        process.environment = ["ENTENTE_CONFIG": "\(folder.path)/none.yaml"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: messages))
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        return Outcome(
            status: process.terminationStatus,
            output: [UInt8](try Data(contentsOf: URL(filePath: output))),
            messages: try String(contentsOfFile: messages, encoding: .utf8)
        )
    }

    /// The binary beside the test bundle, in the folder that the package is built into.
    private static func executable() throws -> URL {
        let bundle = try #require(Bundle.main.executableURL)
        let candidates = [bundle, URL(filePath: CommandLine.arguments[0])]
            .map { $0.deletingLastPathComponent().appending(path: "entente") }
        return try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    }
}
