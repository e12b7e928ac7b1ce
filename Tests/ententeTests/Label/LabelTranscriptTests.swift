import Foundation
import Testing

/// The runs of `entente label` that are written down in `Transcripts`: arguments, all output, exit status.
@Suite struct LabelTranscriptTests {
    struct Run: Sendable, CustomTestStringConvertible {
        let file: String
        let command: String
        let expected: String

        var testDescription: String { command }

        /// The words of the command after `entente`; single quotes keep spaces together.
        var arguments: [String] {
            var arguments: [String] = []
            for (index, piece) in command.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
                if index.isMultiple(of: 2) {
                    arguments += piece.split(separator: " ").map(String.init)
                } else {
                    arguments.append(String(piece))
                }
            }
            return arguments
        }
    }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Transcripts")

    static let runs: [Run] = ["parse", "convert", "rollup", "compare", "access"].flatMap { name in
        let text = (try? String(contentsOf: folder.appending(path: "\(name).txt"), encoding: .utf8)) ?? ""
        return text.components(separatedBy: "$ entente ").dropFirst().map { part in
            let lines = part.components(separatedBy: "\n")
            return Run(file: name, command: lines[0], expected: lines.dropFirst().joined(separator: "\n"))
        }
    }

    @Test func `every subcommand is written down`() {
        #expect(Set(Self.runs.map(\.file)) == ["parse", "convert", "rollup", "compare", "access"])
        for name in Set(Self.runs.map(\.file)) {
            #expect(Self.runs.contains { $0.command == "label \(name) --help" })
            #expect(Self.runs.contains { $0.command.hasSuffix("--json") && $0.file == name })
        }
    }

    @Test(arguments: runs)
    func `a run prints what is written down`(run: Run) async throws {
        let result = try await ProgramRun(run.arguments)
        let printed = "\(result.text)\(result.messages)[status \(result.status)]\n"
        let expected = run.expected.hasSuffix("\n\n") ? String(run.expected.dropLast()) : run.expected
        #expect(printed == expected)
    }
}
