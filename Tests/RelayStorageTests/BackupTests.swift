import CoalitionDirectory
import Foundation
import GRDB
import Relaying
import Synchronization
import Testing
import TransparencyLog

@testable import RelayStorage

/// Backups that are taken while a node works.
@Suite struct BackupTests {
    private let fixture: StoreFixture
    private let store: RelayStore
    private let folder: String

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
        folder = fixture.folder + "-backups"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func removeFolder() throws { try FileManager.default.removeItem(atPath: folder) }

    private func submit(_ number: Int, size: Int = 2_000) async throws {
        let message = try SampleMessage(number, originator: "GBR/desk-\(number)", bodySize: size)
        _ = try await store.admit(try message.submission(to: ["fra"], mailboxes: ["j2-fusion"]))
    }

    private var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }

    @Test func `a backup that is taken while messages come in is whole, and a store goes on from it`() async throws {
        for number in 0..<24 { try await submit(number, size: 1 << 20) }
        let before = try await store.checkpoint().checkpoint.head
        let isDone = Mutex(false)
        let (store, file) = (store, folder + "/gbr.sqlite")
        async let backup = store.backUp(to: file)
        let submissions = Task {
            var number = 100
            while !isDone.withLock({ $0 }) {
                try await submit(number)
                // Nothing holds the write-ahead log while the copy is made.
                if number.isMultiple(of: 5) { #expect(try await store.truncateWriteAheadLog()) }
                number += 1
            }
        }
        let made = try await backup
        isDone.withLock { $0 = true }
        try await submissions.value
        #expect(made.report.findings == [])
        let head = try #require(made.report.head)
        #expect(head.size > before.size, "no message came in while it was made")
        #expect(made.lastTime == fixture.clock.now)
        #expect(try names == ["gbr.sqlite"])
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        #expect((attributes[.size] as? NSNumber)?.intValue == made.size)
        #expect(try fixture.verify(file).head == head)
        let after = try await store.checkpoint().checkpoint.head
        #expect(after.size >= head.size)
        #expect(try await store.verifyLog().isSound)
        try store.close()
        // The log of the store goes on from the copy's: one is the beginning of the other.
        let copied = try LogCopy(path: file).checkpoint()
        #expect(
            try LogVerification(origin: fixture.node.log, verifier: fixture.signer.verifier, since: copied)
                .run(path: fixture.databasePath).isSound
        )
        try FileManager.default.removeItem(atPath: fixture.folder)
        try FileManager.default.createDirectory(
            atPath: fixture.folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        try FileManager.default.copyItem(atPath: file, toPath: fixture.databasePath)
        let restored = try fixture.open()
        #expect(try await restored.checkpoint().checkpoint.head == head)
        _ = try await restored.append(AuditEntryDraft(.start, .done, realm: .live))
        try restored.close()
        #expect(try fixture.verify().isSound)
        try removeFolder()
    }

    @Test func `a backup is refused where something is, where nothing can be, and in the data folder`() async throws {
        try await submit(1)
        try Data("x".utf8).write(to: URL(filePath: folder + "/other"))
        try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "nowhere")
        let other = try StoreFixture(identity: StoreFixture.identity("gbr-2"))
        try other.open().close()
        try FileManager.default.copyItem(atPath: other.databasePath, toPath: folder + "/gbr-2.sqlite")
        try FileManager.default.linkItem(atPath: fixture.databasePath, toPath: folder + "/own.sqlite")
        let before = try names
        for (path, replacing, words) in [
            ("backup.sqlite", false, "expected the absolute path of a file, got `backup.sqlite`"),
            (folder + "/", false, "expected the absolute path of a file"),
            (folder + "/none/backup.sqlite", false, "there is no folder `\(folder)/none`"),
            (fixture.folder + "/backup.sqlite", false, "a copy in the data folder is lost with it"),
            (folder + "/../\(URL(filePath: fixture.folder).lastPathComponent)/b", false, "a copy in the data folder"),
            (folder + "/other", false, "is there already: move it away, or name another file"),
            (folder + "/link", true, "is there already"), (folder, true, "is there already"),
            (folder + "/other", true, "is no backup of this log, so that it is not replaced"),
            (folder + "/gbr-2.sqlite", true, "is of the log `gbr.example/node/gbr-2`"),
            (folder + "/own.sqlite", true, "is the node's own database"),
        ] {
            let error = try await #require(throws: StoreError.self, "\(path)") {
                try await store.backUp(to: path, replacing: replacing)
            }
            #expect("\(error)".contains(words), "\(path): \(error)")
        }
        #expect(try names == before)
        #expect(try Data(contentsOf: URL(filePath: folder + "/other")) == Data("x".utf8))
        // An earlier backup is replaced when that is asked for.
        let file = folder + "/backup.sqlite"
        let first = try await store.backUp(to: file)
        try await submit(2)
        // A draft that a killed node has left behind does not stand in the way.
        try Data("x".utf8).write(to: URL(filePath: folder + "/.backup.sqlite.entente-draft"))
        let second = try await store.backUp(to: file, replacing: true)
        #expect(try #require(second.report.head).size > #require(first.report.head).size)
        #expect(try names == (before + ["backup.sqlite"]).sorted())
        try removeFolder()
    }

    @Test func `a backup that is given up leaves nothing behind, and the store goes on`() async throws {
        for number in 0..<40 { try await submit(number, size: 2 << 20) }
        let (store, file) = (store, folder + "/gbr.sqlite")
        let backup = Task { try await store.backUp(to: file) }
        while try names.isEmpty { await Task.yield() }
        backup.cancel()
        await #expect(throws: StoreError.cancelled) { try await backup.value }
        #expect(try names == [])
        try await submit(100)
        #expect(try await store.backUp(to: file).report.isSound)
        try store.close()
        try removeFolder()
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a file system needs privileges"))
    func `a disk without room takes no backup, and none of the node's room`() async throws {
        for number in 0..<4 { try await submit(number, size: 1 << 20) }
        let small = try #require(SmallDisk(megabytes: 2))
        let error = try await #require(throws: StoreError.self) { try await store.backUp(to: small.path + "/b") }
        #expect(error.problem == .full)
        #expect("\(error)".contains("name a file on another disk"), "\(error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: small.path) == [])

        let shared = try #require(SmallDisk(megabytes: 48))
        let clock = fixture.clock
        let own = try RelayStore(folder: shared.path + "/data", node: fixture.node, signer: fixture.signer) {
            clock.now
        }
        let refused = try await #require(throws: StoreError.self) { try await own.backUp(to: shared.path + "/b") }
        #expect("\(refused)".contains("and leaves the node 67108864; there are "), "\(refused)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: shared.path) == ["data"])
        #expect(try await own.backUp(to: folder + "/b").report.isSound)
        try own.close()
        try removeFolder()
    }
}
