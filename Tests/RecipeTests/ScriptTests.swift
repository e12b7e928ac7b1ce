import Foundation
import Testing

/// The scripts that a newcomer runs first.
@Suite(.serialized) struct ScriptTests {
    /// A folder with some programs of this machine, and stand-ins for others.
    private final class ProgramFolder {
        let url: URL

        init(links: [String], scripts: [String: String]) throws {
            url = FileManager.default.temporaryDirectory.appendingPathComponent("programs-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            for name in links {
                let found = try #require(
                    ["/usr/bin", "/bin"].map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile)
                )
                try FileManager.default.createSymbolicLink(
                    atPath: url.appendingPathComponent(name).path,
                    withDestinationPath: found
                )
            }
            for (name, text) in scripts {
                let file = url.appendingPathComponent(name)
                try Data("#!/bin/bash\n\(text)\n".utf8).write(to: file)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
            }
        }

        deinit {
            do {
                try FileManager.default.removeItem(at: url)
            } catch {
                print("cannot remove \(url.path): \(error)")
            }
        }
    }

    private static let present = ["bash", "ls", "openssl", "nm"]
    private static let packages = "pkg-config curl sqlite3"
    private static let line = "apt-get install -y --no-install-recommends \(packages)"

    private func installRequirements(_ scripts: [String: String]) throws -> ShellRun {
        let programs = try ProgramFolder(links: Self.present, scripts: scripts)
        return try ShellRun(
            "exec '\(Document.root.path)/Scripts/install-requirements'",
            in: programs.url,
            environment: ["PATH": programs.url.path]
        )
    }

    @Test func `who may not install gets the exact line`() throws {
        let run = try installRequirements(["id": "echo 1000", "swift": "", "apt-get": "echo called >&2"])
        #expect(run.status == 1)
        #expect(run.output.isEmpty)
        #expect(
            run.messages == "missing: \(Self.packages); run this, then try again:\n    sudo \(Self.line)\n",
            "what has been found on this machine is not as this test expects"
        )
    }

    @Test func `who may install gets what is missing installed`() throws {
        let apt = "echo \"apt-get $*\" >&2"
        let root = try installRequirements(["id": "echo 0", "swift": "", "apt-get": apt])
        #expect(root.status == 0)
        #expect(root.messages == "apt-get update -q\n\(Self.line)\n")
        let sudo = try installRequirements([
            "id": "echo 1000", "swift": "", "apt-get": apt, "sudo": #"[ "$1" = -n ] && shift; [ "$1" = true ] || "$@""#,
        ])
        #expect(sudo.status == 0)
        #expect(sudo.messages == root.messages)
        let failed = try installRequirements(["id": "echo 0", "swift": "", "apt-get": "exit 100"])
        #expect(failed.status == 100, "an installation that fails ends the script")
    }

    @Test func `without Swift the script says so and installs nothing`() throws {
        let run = try installRequirements(["id": "echo 0", "apt-get": "echo called >&2"])
        #expect(run.status == 1)
        #expect(run.messages.hasPrefix("swift is not on the PATH: install Swift 6.2 or later"))
        #expect(!run.messages.contains("called"))
    }

    /// A copy of what the demonstration reads, with the programs of this build; its `swift` builds nothing.
    private final class DemoFolder {
        let url: URL
        private let programs: ProgramFolder

        init() throws {
            programs = try ProgramFolder(links: [], scripts: ["swift": ""])
            url = FileManager.default.temporaryDirectory.appendingPathComponent("demo-\(UUID().uuidString)")
            let files = FileManager.default
            let build = url.appendingPathComponent(".build/debug")
            try files.createDirectory(at: build, withIntermediateDirectories: true)
            for folder in ["Scripts", "Config"] {
                try files.copyItem(
                    at: Document.root.appendingPathComponent(folder),
                    to: url.appendingPathComponent(folder)
                )
            }
            for program in ["entente", "entented"] {
                try files.createSymbolicLink(
                    at: build.appendingPathComponent(program),
                    withDestinationURL: BuiltPrograms.folder().appendingPathComponent(program)
                )
            }
        }

        deinit {
            do {
                try FileManager.default.removeItem(at: url)
            } catch {
                print("cannot remove \(url.path): \(error)")
            }
        }

        func run(_ script: String) throws -> ShellRun {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            return try ShellRun(script, in: url, environment: ["PATH": "\(programs.url.path):\(path)"])
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `a demonstration that is kept says how to talk to it, and how to end it`() throws {
        let demo = try DemoFolder()
        // The daemons that are left behind must not hold what tells this process of the shell's end.
        let run = try demo.run(
            #"""
            bash -c 'for file in /proc/$$/fd/*; do
                [ ${file##*/} -gt 2 ] && eval "exec ${file##*/}>&-"
            done
            exec Scripts/demo --keep'
            """#
        )
        try #require(run.status == 0, "\(run.output)\n\(run.messages)")
        let ending = try #require(run.output.firstMatch(of: /Stop them with: (kill[ 0-9]+)\n/)).output.1
        let processes = ending.split(separator: " ").dropFirst().map(String.init)
        #expect(processes.count == 4)
        let lines = try #require(run.output.components(separatedBy: "Try:\n").last)
            .components(separatedBy: "Stop them with")[0]
        let tried = try demo.run("unset ENTENTE_CONFIG\n" + lines)
        #expect(tried.status == 0, "\(tried.messages)")
        for expected in ["gbr.example/node/gbr-1", "GBR/j2-fusion"] {
            #expect(tried.output.contains(expected), "\(tried.output)")
        }
        let ended = try demo.run(
            """
            \(ending)
            for process in \(processes.joined(separator: " ")); do
                for _ in $(seq 200); do test -e /proc/$process/exe || break; sleep 0.05; done
                test -e /proc/$process/exe && exit 1
            done
            exit 0
            """
        )
        #expect(ended.status == 0, "\(ended.messages)")
    }

    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            // A message that policy denies, expected to pass; and one that passes, expected to be denied.
            ("send deny eyes-only gbr", "send allow - gbr", "expected allow"),
            ("send allow - un", "send deny ceiling un", "expected deny"),
        ]
    )
    func `a demonstration that differs from what is expected fails and says where`(
        old: String,
        new: String,
        message: String
    ) throws {
        let demo = try DemoFolder()
        let script = demo.url.appendingPathComponent("Scripts/demo")
        var text = try String(contentsOf: script, encoding: .utf8)
        try #require(text.components(separatedBy: old).count == 2, "expected `\(old)` once in the demonstration")
        text = text.replacingOccurrences(of: old, with: new)
        // The message to Japan is the one that is traced; the others of the table are not needed.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter {
            !($0.hasPrefix("send allow") || $0.hasPrefix("send deny")) || $0.hasPrefix(new) || $0.contains("TRACK")
        }
        try Data(lines.joined(separator: "\n").utf8).write(to: script)
        let run = try demo.run("Scripts/demo --keep")
        #expect(run.status == 1, "\(run.messages)")
        #expect(run.output.contains("UNEXPECTED: message"), "\(run.output)")
        #expect(run.output.contains(message), "\(run.output)")
        #expect(!run.output.contains("Stop them with"), "a demonstration that failed is not kept")
    }

    @Test func `a word that the demonstration does not know is refused`() throws {
        let run = try ShellRun("Scripts/demo --forever", in: Document.root)
        #expect(run.status == 64)
        #expect(run.messages.contains("usage: Scripts/demo [--keep]"))
    }
}
