import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import RelayStorage
import RelayTransport
import Relaying
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A daemon whose disk is full: a small file system in memory, which only the daemon sees.
///
/// To mount it takes a mount namespace, so root or the permission to make one. Where that is not to be had, as in a
/// container without privileges, these tests are skipped; `RelayStorageTests` fill a database without it.
@Suite(.serialized, .enabled(if: MemoryDisk.canMount, "needs the permission to mount in a namespace of its own"))
struct FullDiskTests {
    @Test(.timeLimit(.minutes(10)))
    func `a full disk refuses with 507, leaves nothing half done, and takes the same bytes once there is room`()
        async throws
    {
        let coalition = try RunningCoalition()
        let run = try await launch(in: coalition, megabytes: 6)
        try await run.untilListening()
        // The daemon's file system, seen from outside its namespace.
        let folder = "/proc/\(run.process)/root\(coalition.dataFolder(of: "GBR").path)"
        let client = try coalition.connect(as: "GBR/j2-fusion")
        func submit(_ envelope: Envelope) async throws -> WireResponse {
            try await client.post("/v1/messages", Envelope.mediaType, envelope.bytes)
        }

        let first = try seal(in: coalition)
        let receipt = try await submit(first)
        #expect(receipt.status == .created)
        let ballast = folder + "/ballast"
        try fill(ballast)

        let refused = try (0..<3).map { _ in try seal(in: coalition, size: 500_000) }
        for envelope in refused {
            let answer = try await submit(envelope)
            #expect(answer.status.code == 507)
            #expect(answer.problem?.code == "storage-full")
        }
        // Its operators see it, and that it is over.
        let socket = coalition.folder.appendingPathComponent("full.sock").path
        try FileManager.default.createSymbolicLink(
            atPath: socket,
            withDestinationPath: folder + "/operator.sock"
        )
        func alarms() async throws -> [String] {
            let answer = try await UnixHTTPClient(path: socket, timeout: .seconds(10))
                .send(WireClientRequest(method: .get, path: "/v1/status"))
            return (try JSONValue.parse(answer.bytes)["alarms"]?.arrayValue ?? []).compactMap {
                $0["code"]?.stringValue
            }
        }
        try await coalition.eventually {
            let codes = try await alarms()
            return codes.contains("storage-full") && codes.contains("storage-low") ? () : nil
        }
        // What it has, it still gives.
        let again = try await submit(first)
        #expect(again.status == .ok)
        #expect(try entries(again) == (try entries(receipt)))
        #expect(try await client.get("/v1/log/checkpoint").status == .ok)
        #expect(try releases(in: folder, of: coalition).map(\.sequence) == [1])

        try FileManager.default.removeItem(atPath: ballast)
        for envelope in refused { #expect(try await submit(envelope).status == .created) }
        try await coalition.eventually { try await alarms().contains("storage-full") ? nil : () }
        await client.close()
        let ids = try ([first] + refused).map { try ReceivedEnvelope($0).header.id }
        let releases = try releases(in: folder, of: coalition)
        #expect(releases.map(\.sequence) == [1, 2, 3, 4])
        #expect(releases.map(\.message) == ids)
        #expect(await run.stop() == .exited(0))
        try expectNoCrash(run)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a daemon that finds no room to start says so`() async throws {
        let coalition = try RunningCoalition()
        let run = try await launch(in: coalition, megabytes: 6, filled: true)
        #expect(await run.ended == .exited(1))
        let messages = try run.messages
        #expect(messages.contains("storage full: ") && messages.contains("make room in `"), "\(messages)")
        try expectNoCrash(run)
    }

    /// Starts the daemon of GBR with a data folder of this size.
    private func launch(
        in coalition: RunningCoalition,
        megabytes: Int,
        filled: Bool = false
    ) async throws -> DaemonRun {
        let folder = coalition.dataFolder(of: "GBR")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let daemon = DaemonRun.binaries.appendingPathComponent("entented").path
        let script = """
            set -e
            mount -t tmpfs -o size=\(megabytes)m,mode=0700 tmpfs "$1"
            \(filled ? "cat /dev/zero > \"$1/ballast\" 2>&- || true" : "")
            exec "$2" --config "$3"
            """
        return try DaemonRun(
            [
                "unshare", "--mount", "sh", "-c", script, "sh", folder.path, daemon,
                coalition.configurationFile(of: "GBR").path,
            ],
            program: URL(fileURLWithPath: "/usr/bin/env"),
            in: coalition.folder
        )
    }

    private func seal(in coalition: RunningCoalition, size: Int = 1000) throws -> Envelope {
        try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO FRA//INTREP",
            payload: [UInt8](repeating: 1, count: size)
        )
    }

    /// The releases in a copy of the daemon's database, whose log is whole. SQLite itself does not find its way into
    /// another namespace.
    private func releases(in folder: String, of coalition: RunningCoalition) throws -> [AuditEntry] {
        let copy = coalition.folder.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        for name in ["entente.sqlite", "entente.sqlite-wal"] {
            try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)).write(to: copy.appendingPathComponent(name))
        }
        let database = copy.appendingPathComponent("entente.sqlite").path
        let report = try LogVerification().run(path: database)
        #expect(report.isSound, "\(report.findings)")
        return try LogCopy(path: database).entries(EntryFilter(kinds: [.release])).map(\.entry)
    }

    private func entries(_ answer: WireResponse) throws -> JSONValue? {
        try JSONValue.parseCanonical(answer.bytes)["entries"]
    }

    /// Writes until nothing more fits.
    private func fill(_ path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(file >= 0, "cannot make \(path): \(String(cString: strerror(errno)))")
        defer { close(file) }
        for size in [65_536, 4096, 1] {
            let block = [UInt8](repeating: 0, count: size)
            while write(file, block, size) == size {}
        }
        #expect(errno == ENOSPC)
    }
}
