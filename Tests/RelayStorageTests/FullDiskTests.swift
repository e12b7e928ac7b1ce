import CoalitionDirectory
import Foundation
import OpenSSLCrypto
import Testing
import TransparencyLog

@testable import RelayStorage
@testable import Relaying

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A small file system of its own, that a test can fill; mounting one takes privileges.
final class SmallDisk: Sendable {
    let path: String

    init?(megabytes: Int) {
        path = NSTemporaryDirectory() + "entente-disk-\(UUID().uuidString)"
        guard mkdir(path, 0o700) == 0 else { return nil }
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m,mode=0700") == 0 else {
            rmdir(path)
            return nil
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    /// Takes all the room that is left.
    func fill() {
        let file = open(path + "/ballast", O_WRONLY | O_CREAT, 0o600)
        let block = [UInt8](repeating: 0, count: 4096)
        while write(file, block, block.count) > 0 {}
        close(file)
    }

    func makeRoom() { unlink(path + "/ballast") }

    static let isPossible = SmallDisk(megabytes: 1) != nil
}

@Suite struct FullDiskTests {
    @Test(.enabled(if: SmallDisk.isPossible, "mounting a file system needs privileges"))
    func `a commit that finds the disk full answers nobody, and what comes after it is whole`() async throws {
        let disk = try #require(SmallDisk(megabytes: 48))
        let fixture = try StoreFixture()
        let folder = disk.path + "/data"
        let clock = fixture.clock
        func open() throws -> RelayStore {
            try RelayStore(folder: folder, node: fixture.node, signer: fixture.signer) { clock.now }
        }
        let store = try open()
        var given: [Int: [TransferLink]] = [:]
        for number in 0..<5 { given[number] = try await store.admit(try SampleMessage(number).submission()).links }

        disk.fill()
        var refused = 0
        for number in 5..<200 {
            do {
                given[number] = try await store.admit(try SampleMessage(number, bodySize: 20_000).submission()).links
            } catch let error as StoreError {
                guard case .storageFull = error else { throw error }
                refused += 1
                if refused == 3 { break }
            }
        }
        #expect(refused == 3, "what was written before the disk filled up can be written over")
        let run = try #require(store.commitTroubles.current)
        #expect(run.count == 3 && run.last.problem == .full && run.since <= clock.now)
        #expect(try store.availableSize() < 1 << 20)
        let size = try await store.checkpoint().checkpoint.head.size
        #expect(size == UInt64(given.count))

        disk.makeRoom()
        #expect(store.commitTroubles.current != nil, "nothing was written since")
        for number in 0..<200 where given[number] == nil {
            if number > 100 { break }
            given[number] = try await store.admit(try SampleMessage(number).submission()).links
        }
        #expect(store.commitTroubles.current == nil && store.commitTroubles.count == 3)
        #expect(try await store.status().failedCommitCount == 3)
        for (number, links) in given where number < 5 {
            let again = try await store.admit(try SampleMessage(number).submission())
            #expect(again.name == "duplicate")
            #expect(again.links == links)
        }
        let links = given.values.flatMap(\.self)
        #expect(Set(links.map(\.entry.sequence)) == Set((1...UInt64(links.count)).map(\.self)))
        for link in links { try link.verify(by: fixture.signer.verifier) }
        try store.close()
        let report = try fixture.verify(folder + "/entente.sqlite")
        #expect(report.findings == [])
        #expect(report.entryCount == links.count)
        try open().close()
    }
}
