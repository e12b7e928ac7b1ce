import ArgumentParser
import Foundation
import Testing

@testable import entente

/// What every subcommand has in common: help, usage errors, version, interruption.
@Suite(.timeLimit(.minutes(10))) struct CommandLineTests {
    private static let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "help.txt")

    /// Each command's words, the groups before what they hold.
    private static func commands(_ type: any ParsableCommand.Type = Entente.self, _ path: [String] = []) -> [[String]] {
        [path]
            + type.configuration.subcommands.flatMap { subcommand in
                commands(subcommand, path + [subcommand.configuration.commandName ?? ""])
            }
    }

    /// The help of all commands, as a terminal of 80 columns shows it. A difference is a change for users: look at it,
    /// and write the file anew with `ENTENTE_WRITE_HELP=1 swift test --filter CommandLineTests`.
    @Test func `the help of every command is the one that was looked at`() throws {
        let text = Self.commands().map { path in
            let title = (["entente"] + path).joined(separator: " ")
            let help =
                path.isEmpty
                ? Entente.helpMessage(columns: 80) : Entente.helpMessage(for: Self.type(of: path), columns: 80)
            return "==== \(title) ====\n\(help)\n"
        }.joined(separator: "\n")
        if ProcessInfo.processInfo.environment["ENTENTE_WRITE_HELP"] != nil {
            try text.write(to: Self.golden, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: Self.golden, encoding: .utf8)
        for (expected, got) in zip(golden.components(separatedBy: "\n==== "), text.components(separatedBy: "\n==== ")) {
            #expect(got == expected)
        }
        #expect(text == golden)
    }

    private static func type(of path: [String]) -> any ParsableCommand.Type {
        path.reduce(Entente.self as any ParsableCommand.Type) { type, name in
            type.configuration.subcommands.first { $0.configuration.commandName == name } ?? type
        }
    }

    @Test func `every command has an example or says what it holds`() {
        for path in Self.commands() {
            let type = Self.type(of: path)
            let discussion = type.configuration.discussion
            #expect(!type.configuration.abstract.isEmpty, "\(path)")
            #expect(!type.configuration.subcommands.isEmpty || discussion.contains("EXAMPLE"), "\(path)")
        }
    }

    @Test(
        arguments: [
            "help bogus", "help audit bogus", "help send more", "bogus", "audit", "pki issue", "policy", "label",
            "partner", "pki",
            "send", "inbox --limit 0", "inbox --no-such-option", "open X", "audit log --kind x", "",
        ]
    )
    func `what is no command is a usage error that leads to the help`(line: String) async throws {
        let run = try await ProgramRun(line.split(separator: " ").map(String.init))
        #expect(run.status == 64, "\(line): \(run.messages)")
        #expect(run.output.isEmpty)
        #expect(run.messages.hasPrefix("error: "), "\(run.messages)")
        #expect(!run.messages.contains("Error: "))
        let last = run.messages.split(separator: "\n").last ?? ""
        #expect(last.hasPrefix("next: see `entente ") && last.hasSuffix("--help`"), "\(last)")
    }

    @Test(arguments: ["help", "--help", "help send", "help audit log", "send --help", "audit --help", "help help"])
    func `help is no error`(line: String) async throws {
        let run = try await ProgramRun(line.split(separator: " ").map(String.init))
        #expect(run.status == 0)
        #expect(run.messages.isEmpty)
        #expect(run.text.contains("USAGE: entente"))
    }

    @Test func `help that cannot be printed is a failure`() async throws {
        #expect(try await ProgramRun(shell: "entente help send >/dev/full").status == 1)
    }

    @Test(arguments: ["entente", "entented"])
    func `both programs say their version`(program: String) async throws {
        let run = try await ProgramRun(shell: "\(program) --version")
        #expect(run.status == 0)
        #expect(run.text.hasPrefix("\(program) "))
        #expect(run.text.split(separator: " ").count == 2)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `completions are printed for the shell`(shell: String) async throws {
        let run = try await ProgramRun(["--generate-completion-script", shell])
        #expect(run.status == 0)
        #expect(run.text.contains("entente"))
    }

    @Test func `an interrupted command ends as such`() async throws {
        let folder = try TemporaryFolder()
        // The command waits for what never comes through a pipe. With `set -m` the shell does not have it ignore SIGINT.
        let script = """
            set -m
            mkfifo "$1"
            entente label stix "$1" & command=$!
            exec 3>"$1"
            kill -INT "$command"
            wait "$command"
            echo "status $?"
            """
        let file = try folder.write(script, to: "interrupt.sh")
        let run = try await ProgramRun(shell: "bash \(file) \(folder.path)/pipe")
        #expect(run.text == "status 130\n", "\(run.messages)")
    }
}
