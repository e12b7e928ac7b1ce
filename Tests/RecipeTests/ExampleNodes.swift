import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The example coalition of `Scripts/make-example` in a folder of its own, and real daemons that run in it.
final class ExampleNodes {
    let folder: URL
    private var daemons: [Process] = []

    /// Makes the folder, with keys of the algorithm.
    init(algorithm: String = "P-256") throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("example-\(UUID().uuidString)")
        let entente = try BuiltPrograms.folder().appendingPathComponent("entente").path
        let made = try ShellRun(
            "Scripts/make-example '\(folder.path)' \(Self.freePorts())",
            in: Document.root,
            environment: ["ENTENTE": entente, "ENTENTE_ALGORITHM": algorithm]
        )
        try #require(made.status == 0, "\(made.messages)")
    }

    deinit {
        for daemon in daemons where daemon.isRunning { kill(daemon.processIdentifier, SIGKILL) }
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            print("cannot remove \(folder.path): \(error)")
        }
    }

    /// The context file of the coalition, for `ENTENTE_CONFIG`.
    var contexts: String { folder.appendingPathComponent("Config/entente.yaml").path }

    /// Starts the daemon of a node, waits until it answers operators, and gives back its process.
    @discardableResult
    func start(_ node: String) throws -> Int32 {
        let log = folder.appendingPathComponent("\(node).log")
        try Data().write(to: log)
        let daemon = Process()
        daemon.executableURL = try BuiltPrograms.folder().appendingPathComponent("entented")
        daemon.arguments = ["--config", folder.appendingPathComponent("Config/nodes/\(node).yaml").path]
        daemon.standardInput = FileHandle.nullDevice
        daemon.standardError = try FileHandle(forWritingTo: log)
        try daemon.run()
        daemons.append(daemon)
        let socket = folder.appendingPathComponent("Data/\(node)/operator.sock").path
        for _ in 0..<600 {
            if FileManager.default.fileExists(atPath: socket) { return daemon.processIdentifier }
            guard daemon.isRunning else { break }
            usleep(50_000)
        }
        struct DoesNotStart: Error { let log: String }
        throw DoesNotStart(log: try String(contentsOf: log, encoding: .utf8))
    }

    /// Ends the daemons in order.
    func stop() {
        for daemon in daemons { daemon.terminate() }
        for daemon in daemons { daemon.waitUntilExit() }
        daemons = []
    }

    /// Runs `entente` in this coalition.
    func entente(_ arguments: String) throws -> ShellRun {
        let entente = try BuiltPrograms.folder().appendingPathComponent("entente").path
        return try ShellRun("'\(entente)' \(arguments)", in: folder, environment: ["ENTENTE_CONFIG": contexts])
    }

    /// Runs a script in this coalition, with the programs of this build on the path.
    func run(_ script: String) throws -> ShellRun {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return try ShellRun(
            script,
            in: folder,
            environment: ["ENTENTE_CONFIG": contexts, "PATH": "\(try BuiltPrograms.folder().path):\(path)"]
        )
    }

    /// The first of six ports in a row that nobody listens on at this moment.
    static func freePorts() throws -> UInt16 {
        for _ in 0..<100 {
            let first = UInt16.random(in: 20_000..<32_000)
            if (first..<first + 6).allSatisfy(isFree) { return first }
        }
        throw NoPorts()
    }

    struct NoPorts: Error {}

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
