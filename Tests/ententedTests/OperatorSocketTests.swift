import Foundation
import NodeSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Who reaches the operators' socket of a daemon, asked with real accounts.
@Suite(.serialized) struct OperatorSocketTests {
    /// An account that owns nothing, and a group that it is in on every system.
    private static let stranger: UInt32 = 65_534

    private static let canChangeAccount =
        geteuid() == 0 && run(["setpriv", "--reuid=\(stranger)", "--clear-groups", "curl", "--version"]).status == 0

    private static func run(_ arguments: [String]) -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            return (-1, "\(error)")
        }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    @Test(
        .timeLimit(.minutes(10)),
        .enabled(if: canChangeAccount, "needs root, `setpriv` and `curl`, to ask as another account")
    )
    func `the group reaches the socket and nothing else, others reach nothing`() async throws {
        let coalition = try RunningCoalition()
        let daemon = try await coalition.launchListening("GBR")
        let folder = coalition.dataFolder(of: "GBR").path
        func asking(group: UInt32, _ command: [String]) -> (status: Int32, output: String) {
            Self.run(["setpriv", "--reuid=\(Self.stranger)", "--regid=\(group)", "--clear-groups"] + command)
        }
        let status = ["curl", "-s", "--unix-socket", "\(folder)/operator.sock", "http://localhost/v1/status"]
        let reload = status.dropLast() + ["-X", "POST", "http://localhost/v1/reload"]
        let answer = asking(group: getegid(), status)
        #expect(answer.status == 0 && answer.output.contains(#""partner":"GBR""#), "\(answer)")
        // It reads, and changes nothing.
        #expect(asking(group: getegid(), Array(reload)).output.contains("not-an-operator"))
        for command in [
            ["ls", folder], ["cat", "\(folder)/entente.sqlite"], ["cat", "\(folder)/lock"], ["ls", "\(folder)/sheets"],
            ["cat", "\(folder)/sheets/FRA@live.cms"], ["touch", "\(folder)/new"],
        ] {
            #expect(asking(group: getegid(), command).status != 0, "\(command)")
        }
        #expect(asking(group: Self.stranger, status).status != 0)
        #expect(await daemon.stop() == .exited(0))
    }

    @Test(
        .timeLimit(.minutes(10)),
        .enabled(if: canChangeAccount, "needs root, `setpriv` and `curl`, to ask as another account")
    )
    func `the accounts that the configuration names are operators, until it names them no more`() async throws {
        let coalition = try RunningCoalition()
        let file = coalition.configurationFile(of: "GBR")
        let text = try String(contentsOf: file, encoding: .utf8)
        func name(_ operators: String) throws {
            try "\(text)\noperators: [\(operators)]\n".write(to: file, atomically: true, encoding: .utf8)
        }
        // On every Debian; the number is that of `stranger`.
        try name("nobody")
        let daemon = try await coalition.launchListening("GBR")
        let socket = coalition.dataFolder(of: "GBR").path + "/operator.sock"
        func reload(as account: UInt32) -> String {
            Self.run([
                "setpriv", "--reuid=\(account)", "--regid=\(getegid())", "--clear-groups", "curl", "-s",
                "--unix-socket", socket, "-X", "POST", "http://localhost/v1/reload",
            ]).output
        }
        #expect(!reload(as: Self.stranger).contains("not-an-operator"))
        #expect(reload(as: 1).contains("not-an-operator"))
        try name("daemon")
        #expect(!reload(as: Self.stranger).contains("urn:entente:problem"))
        #expect(reload(as: Self.stranger).contains("not-an-operator"))
        #expect(!reload(as: 1).contains("urn:entente:problem"))
        // A name that nobody has changes nothing.
        try name("no-such-account")
        let refused = reload(as: 1)
        #expect(refused.contains("this machine knows no account `no-such-account`"), "\(refused)")
        #expect(!reload(as: 1).contains("not-an-operator"))
        #expect(await daemon.stop() == .exited(0))
    }

    @Test(.timeLimit(.minutes(10)))
    func `folder, files and socket have their modes`() async throws {
        let coalition = try RunningCoalition()
        let daemon = try await coalition.launchListening("GBR")
        let folder = coalition.dataFolder(of: "GBR").path
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(folder) == 0o710)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let expected = ["operator.sock": 0o660, "sheets": 0o700][name] ?? 0o600
            #expect(try mode("\(folder)/\(name)") == expected, "\(name)")
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/sheets") {
            #expect(try mode("\(folder)/sheets/\(name)") == 0o600, "\(name)")
        }
        #expect(await daemon.stop() == .exited(0))
    }
}
