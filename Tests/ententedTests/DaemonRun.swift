import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One run of the built daemon as a child process; killed when nobody holds it any more.
final class DaemonRun: Sendable {
    /// How a process ended.
    enum Ending: Hashable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    /// It ended, or said nothing for too long, where it should have begun to listen.
    struct NotListening: Error, CustomStringConvertible {
        let description: String
    }

    /// The folder of the built programs, which lie beside the tests.
    static let binaries = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()

    let process: Int32
    private let child: Process
    private let outputFile: URL
    private let messagesFile: URL
    private let ending: Task<Ending, Never>

    /// Starts `entented`, or the `program` that runs it.
    ///
    /// - Parameter folder: where the files for standard output and standard error are made. Files, as a pipe that nobody
    ///   reads would stop the daemon.
    init(_ arguments: [String], program: URL? = nil, in folder: URL) throws {
        let name = UUID().uuidString
        outputFile = folder.appendingPathComponent("\(name).out")
        messagesFile = folder.appendingPathComponent("\(name).err")
        let child = Process()
        child.executableURL = program ?? Self.binaries.appendingPathComponent("entented")
        child.arguments = arguments
        child.standardInput = FileHandle.nullDevice
        for file in [outputFile, messagesFile] { try Data().write(to: file) }
        child.standardOutput = try FileHandle(forWritingTo: outputFile)
        child.standardError = try FileHandle(forWritingTo: messagesFile)
        let (endings, continuation) = AsyncStream<Ending>.makeStream()
        child.terminationHandler = { child in
            let status = child.terminationStatus
            let isKilled = child.terminationReason == .uncaughtSignal
            continuation.yield(isKilled ? .killed(signal: status) : .exited(status))
            continuation.finish()
        }
        ending = Task {
            for await ending in endings { return ending }
            return .exited(-1)
        }
        try child.run()
        self.child = child
        process = child.processIdentifier
    }

    deinit {
        if child.isRunning { send(SIGKILL) }
        for file in [outputFile, messagesFile] { unlink(file.path) }
    }

    /// How it ended, as soon as it has.
    var ended: Ending {
        get async { await ending.value }
    }

    var output: String { get throws { try String(contentsOf: outputFile, encoding: .utf8) } }

    /// What it has written to standard error so far.
    var messages: String { get throws { try String(contentsOf: messagesFile, encoding: .utf8) } }

    /// Whether it says that it answers partners, as text or as JSON; its operators are answered before.
    private var isListening: Bool {
        get throws {
            try messages.split(separator: "\n").contains { line in
                line.hasSuffix(" listening") || line.contains(#""message":"listening""#)
            }
        }
    }

    func send(_ signal: Int32) {
        kill(process, signal)
    }

    /// Ends it at once, as a power failure would end it for the rest of the world.
    @discardableResult
    func killNow() async -> Ending {
        send(SIGKILL)
        return await ended
    }

    /// Asks it to stop and waits until it has.
    @discardableResult
    func stop() async -> Ending {
        send(SIGTERM)
        return await ended
    }

    /// Waits until its log says that it listens.
    func untilListening(within seconds: Double = 30) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while try !isListening {
            guard child.isRunning, ContinuousClock.now < deadline else {
                throw NotListening(description: "entented does not listen: \(try messages)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
