import CoalitionDirectory
import Foundation
import RelayStorage
import Relaying
import Testing

@testable import entente

/// Who moves the write-ahead log of a running node into its database: the writer's connection, and nobody else.
///
/// SQLite before 3.51.3 can lose commits when two connections do. It shows in the database file, whose bytes change when
/// the write-ahead log is moved there, and at no other time. Processes of their own look at it: a file that this one
/// opened and closed beside SQLite would lose SQLite's locks, which are those of the process.
@Suite(.timeLimit(.minutes(10))) struct WriteAheadLogOwnerTests {
    private let fixture: LogFixture
    private let database: String

    init() async throws {
        fixture = try await LogFixture(300)
        database = fixture.folder + "/entente.sqlite"
    }

    /// What the bytes of the database and of the write-ahead log beside it hash to.
    private func files() async throws -> [Substring] {
        let run = try await ProgramRun(shell: "sha256sum \(database) \(database)-wal")
        #expect(run.status == 0, "\(run.messages)")
        return run.text.split(separator: "\n")
    }

    private func expectNoMove(by what: String, _ body: () async throws -> Void) async throws {
        let before = try await files()
        try await body()
        let after = try await files()
        #expect(after == before, "\(what) moved the write-ahead log")
    }

    private func shell(_ line: String) async throws {
        let run = try await ProgramRun(shell: line, in: fixture.folder)
        #expect(run.status == 0, "\(line): \(run.messages)")
    }

    @Test func `a node's readers, backups and archives leave the write-ahead log where it is`() async throws {
        let store = fixture.store
        try await expectNoMove(by: "readers") {
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        let page = try await store.page(EntryFilter(limit: 1_000))
                        #expect(page.entries.count == 300)
                    }
                    group.addTask { _ = try await store.status() }
                }
                group.addTask {
                    let report = try await store.verifyLog()
                    #expect(report.isSound)
                }
                try await group.waitForAll()
            }
        }
        let folder = fixture.folder + "-copies"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await expectNoMove(by: "a backup") {
            let made = try await store.backUp(to: folder + "/backup")
            #expect(made.report.isSound)
        }
        try await expectNoMove(by: "an archive") {
            let made = try await store.archive(.entries(0...200), to: folder + "/archive")
            #expect(made.report.isSound)
        }
        try FileManager.default.removeItem(atPath: folder)
        try store.close()
    }

    /// Neither does closing their connections: they are not the last ones.
    @Test(arguments: [
        "entente audit verify entente.sqlite", "entente audit log --all --file entente.sqlite",
        "entente audit show 7 --file entente.sqlite", "entente audit gaps --file entente.sqlite",
        "entente audit stats --file entente.sqlite",
        "entente audit archive --entries 0-200 --to archive.sqlite --file entente.sqlite",
        "sqlite3 entente.sqlite 'SELECT count(*) FROM entries'",
        "sqlite3 -readonly entente.sqlite '.backup copy.sqlite'",
        "sqlite3 entente.sqlite '.backup copy.sqlite'", "sqlite3 entente.sqlite .dump",
    ])
    func `who reads the file of a running node leaves the write-ahead log where it is`(command: String) async throws {
        try await expectNoMove(by: command) { try await shell(command) }
        // The node's own commits go on from there.
        _ = try await fixture.store.append(AuditEntryDraft(.start, .done, realm: .live))
        #expect(try await fixture.store.verifyLog().isSound)
        try fixture.store.close()
    }

    @Test func `the writer moves it, and that is seen in the files`() async throws {
        let before = try await files()
        #expect(try await fixture.store.truncateWriteAheadLog())
        let moved = try await files()
        #expect(moved[0] != before[0] && moved[1] != before[1])
        // A commit alone changes the write-ahead log; what an outsider may not do would be seen.
        _ = try await fixture.store.append(AuditEntryDraft(.start, .done, realm: .live))
        let committed = try await files()
        #expect(committed[0] == moved[0] && committed[1] != moved[1])
        try await shell("sqlite3 entente.sqlite 'PRAGMA wal_checkpoint(PASSIVE)'")
        #expect(try await files()[0] != committed[0])
        try fixture.store.close()
    }
}
