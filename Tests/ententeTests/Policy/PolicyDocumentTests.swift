import Foundation
import Testing

/// What `Docs/policy.md` shows of the command, run as it stands there.
@Suite(.timeLimit(.minutes(10))) struct PolicyDocumentTests {
    @Test func `every run of the command in the reference prints what stands there`() async throws {
        let text = try String(contentsOfFile: "\(sourceTree)/Docs/policy.md", encoding: .utf8)
        let blocks = text.components(separatedBy: "```console\n").dropFirst()
            .compactMap { $0.components(separatedBy: "\n```").first }
        try #require(!blocks.isEmpty)
        for block in blocks {
            let lines = block.components(separatedBy: "\n")
            let command = try #require(lines.first { $0.hasPrefix("$ ") }?.dropFirst(2))
            let run = try await ProgramRun(shell: String(command), in: sourceTree)
            #expect(run.text == lines.dropFirst().joined(separator: "\n") + "\n", "\(command)\n\(run.messages)")
        }
    }
}
