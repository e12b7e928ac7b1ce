import FoundationEssentials
import NodeSupport
import TestSupport
import Testing

/// What an archive of a part of a log answers, and what takes the whole log.
@Suite struct ArchiveCommandTests {
    @Test func `an archive is never taken for a log in which nothing is missing`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        try await coalition.stopAll()
        let database = coalition.dataFolder(of: "GBR").appendingPathComponent("entente.sqlite").path
        let folder = try TemporaryFolder()
        let made = try await ProgramRun(
            shell: "entente audit archive --entries 1-1 --file \(database) --to part.sqlite",
            in: folder.path
        )
        #expect(made.status == 0, "\(made.messages)")
        for command in ["audit verify part.sqlite", "audit log --file part.sqlite", "audit show 1 --file part.sqlite"] {
            let run = try await ProgramRun(shell: "entente \(command)", in: folder.path)
            #expect(run.status == 0, "\(command): \(run.messages)")
        }
        for command in [
            "audit gaps", "audit forks", "audit stats", "audit replay", "report --partner FRA --since 1d",
            "evidence export 019aab12-7c3d-7e4f-8a5b-6c7d8e9f0a1b",
        ] {
            let run = try await ProgramRun(shell: "entente \(command) --file part.sqlite", in: folder.path)
            #expect(run.status == 1 && run.messages.contains("got an archive"), "\(command): \(run.messages)")
        }
        for command in ["show 0", "prove 0"] {
            let run = try await ProgramRun(shell: "entente audit \(command) --file part.sqlite", in: folder.path)
            #expect(run.status == 1 && run.messages.contains("that this archive holds"), "\(command): \(run.messages)")
        }
    }
}
