import CanonicalEncoding
import CoalitionDirectory
import Foundation
import Relaying
import Testing
import TransparencyLog

@testable import RelayStorage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Backups and archives whose disk fills up while they are written.
@Suite(.enabled(if: SmallDisk.isPossible, "mounting a file system needs privileges")) struct FullCopyDiskTests {
    private let fixture: StoreFixture
    private let store: RelayStore

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
    }

    private func submit(_ number: Int, size: Int = 2_000) async throws {
        let message = try SampleMessage(number, originator: "GBR/desk-\(number)", bodySize: size)
        _ = try await store.admit(try message.submission(to: ["fra"], mailboxes: ["j2-fusion"]))
    }

    /// Entries whose details take some megabytes.
    private func append(_ count: Int) async throws {
        let text = String(repeating: "x", count: 4_000)
        let draft = AuditEntryDraft(.refusal, .refused, realm: .live, details: ["detail": .string(text)])
        try await store.appendMany(count, draft)
    }

    private func expectFull(_ error: StoreError, _ path: String) {
        #expect(error.problem == .full)
        let words = "nothing of `\(path)` is kept; make room there, or name a file on another disk"
        #expect("\(error)".hasSuffix(words), "\(error)")
    }

    @Test func `a backup whose disk fills up halfway leaves nothing, says what to do, and the node goes on`()
        async throws
    {
        for number in 0..<40 { try await submit(number, size: 2 << 20) }
        let disk = try #require(SmallDisk(megabytes: 160))
        let (store, path) = (store, disk.path + "/gbr.sqlite")
        let backup = Task { try await store.backUp(to: path) }
        let draft = disk.path + "/.gbr.sqlite.entente-draft"
        while disk.size(of: draft) == 0 { await Task.yield() }
        // Others take the room that it was promised.
        #expect([12, 24, 48].contains { disk.resize(megabytes: $0) })
        let error = try await #require(throws: StoreError.self) { try await backup.value }
        expectFull(error, path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == [])
        try await submit(100)
        #expect(try await store.verifyLog().isSound)
        #expect(disk.resize(megabytes: 160))
        let made = try await store.backUp(to: path)
        #expect(try fixture.verify(path).head == made.report.head)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["gbr.sqlite"])
        try store.close()
    }

    @Test func `an earlier backup stays whole where the disk has no room for the next`() async throws {
        try await submit(1)
        let disk = try #require(SmallDisk(megabytes: 160))
        let (store, path) = (store, disk.path + "/gbr.sqlite")
        let first = try await store.backUp(to: path)
        for number in 2..<40 { try await submit(number, size: 2 << 20) }
        let backup = Task { try await store.backUp(to: path, replacing: true) }
        let draft = disk.path + "/.gbr.sqlite.entente-draft"
        while disk.size(of: draft) == 0 { await Task.yield() }
        #expect([12, 24, 48].contains { disk.resize(megabytes: $0) })
        let error = try await #require(throws: StoreError.self) { try await backup.value }
        expectFull(error, path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["gbr.sqlite"])
        #expect(try fixture.verify(path).head == first.report.head)
        try store.close()
    }

    @Test(arguments: [true, false])
    func `an archive whose disk fills up halfway leaves nothing, of a running log and of a copy`(isRunning: Bool)
        async throws
    {
        try await append(3_000)
        let disk = try #require(SmallDisk(megabytes: 6))
        let path = disk.path + "/archive.sqlite"
        let error: StoreError
        if isRunning {
            error = try await #require(throws: StoreError.self) {
                try await store.archive(.entries(0...2_999), to: path)
            }
        } else {
            let copy = try LogCopy(path: fixture.databasePath)
            error = try await #require(throws: StoreError.self) {
                try await copy.archive(.entries(0...2_999), to: path)
            }
        }
        expectFull(error, path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == [])
        try await submit(1)
        #expect(try await store.verifyLog().isSound)
        // What fits is written.
        let made = try await store.archive(.entries(0...499), to: path)
        #expect(made.report.isSound)
        #expect(
            try ArchiveVerification(origin: fixture.node.log, verifier: fixture.signer.verifier).run(path: path).isSound
        )
        try store.close()
    }

    @Test func `an archive on the node's own disk leaves the node its room`() async throws {
        let disk = try #require(SmallDisk(megabytes: 48))
        let clock = fixture.clock
        let own = try RelayStore(folder: disk.path + "/data", node: fixture.node, signer: fixture.signer) { clock.now }
        _ = try await own.append(AuditEntryDraft(.start, .done, realm: .live))
        let path = disk.path + "/archive.sqlite"
        let error = try await #require(throws: StoreError.self) { try await own.archive(.entries(0...0), to: path) }
        expectFull(error, path)
        #expect("\(error)".contains("the copy goes on and leaves the node 67108864; there are "), "\(error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["data"])
        #expect(disk.resize(megabytes: 160))
        #expect(try await own.archive(.entries(0...0), to: path).report.isSound)
        try own.close()
    }
}

extension SmallDisk {
    /// Gives it another size; false when what is on it takes more.
    func resize(megabytes: Int) -> Bool {
        mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=\(megabytes)m,mode=0700") == 0
    }

    /// The size of a file; 0 while there is none.
    func size(of file: String) -> Int64 {
        var status = stat()
        return stat(file, &status) == 0 ? Int64(status.st_size) : 0
    }
}
