import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
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

/// A daemon whose disk returns errors.
@Suite(.serialized) struct DiskFaultTests {
    private func seal(in coalition: RunningCoalition) throws -> Envelope {
        try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO FRA//INTREP",
            payload: [UInt8](repeating: 1, count: 20_000)
        )
    }

    private func submit(_ envelope: Envelope, _ client: WireClient<AuthenticatedPrincipal>) async throws
        -> WireResponse
    {
        try await client.post("/v1/messages", Envelope.mediaType, envelope.bytes)
    }

    private func inbox(_ reader: WireClient<AuthenticatedPrincipal>) async throws -> Int {
        let answer = try await reader.get("/v1/mailboxes/cni/messages?after=0&limit=100")
        return try JSONValue.parseCanonical(answer.bytes)["messages"]?.arrayValue?.count ?? 0
    }

    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            (ObservedDisk.Fault.syncFails, 503, "storage-unavailable"),
            (.writeFails, 503, "storage-unavailable"),
            (.writeFindsNoRoom, 507, "storage-full"),
        ]
    )
    func `a disk that fails acknowledges and releases nothing, and goes on whole once it works`(
        fault: ObservedDisk.Fault,
        status: Int,
        code: String
    ) async throws {
        let coalition = try RunningCoalition()
        let disk = try ObservedDisk(in: coalition.folder)
        let destination = try await coalition.launchListening("FRA")
        let run = try disk.launch("GBR", of: coalition)
        try await run.untilListening()
        let client = try coalition.connect(as: "GBR/j2-fusion")
        let reader = try coalition.connect(as: "FRA/cni")
        let first = try seal(in: coalition)
        #expect(try await submit(first, client).status == .created)
        try await coalition.eventually { try await inbox(reader) == 1 ? () : nil }
        // Its own transfer's commit is over when the entry that says so is shown.
        try await coalition.eventually { try transfers(in: coalition) == 1 ? () : nil }

        try disk.order(fault)
        let checkpoint = try await client.get("/v1/log/checkpoint").bytes
        let refused = try (0..<3).map { _ in try seal(in: coalition) }
        for envelope in refused {
            let answer = try await submit(envelope, client)
            #expect(answer.status.code == status)
            #expect(answer.problem?.code == code)
        }
        // What it has, it still gives, and nothing else.
        #expect(try await submit(first, client).status == .ok)
        #expect(try await client.get("/v1/log/checkpoint").bytes == checkpoint)
        #expect(try await inbox(reader) == 1)

        try disk.repair()
        for envelope in refused { #expect(try await submit(envelope, client).status == .created) }
        try await coalition.eventually { try await inbox(reader) == 4 ? () : nil }
        try expectSyncBeforeCommit(try disk.logCalls())
        await client.close()
        await reader.close()
        #expect(await run.stop() == .exited(0))
        #expect(await destination.stop() == .exited(0))
        let ids = try ([first] + refused).map { try ReceivedEnvelope($0).header.id }
        let releases = try coalition.soundLog(of: "GBR").filter { $0.kind == .release }
        #expect(releases.map(\.sequence) == [1, 2, 3, 4])
        #expect(releases.map(\.message) == ids)
        let acceptances = try coalition.soundLog(of: "FRA").filter { $0.kind == .acceptance }
        #expect(Set(acceptances.map(\.message)) == Set(ids) && acceptances.count == 4)
        try expectNoCrash(run)
    }

    private func transfers(in coalition: RunningCoalition) throws -> Int {
        try LogCopy(path: coalition.databaseFile(of: "GBR")).entries(EntryFilter(kinds: [.transfer])).count
    }

    /// INVARIANT: behind a sync that failed, no commit begins before one that has not.
    private func expectSyncBeforeCommit(_ calls: [ObservedDisk.Call]) throws {
        var isInDoubt = false
        for call in calls {
            switch call {
            case .logSyncFailed: isInDoubt = true
            case .logSync: isInDoubt = false
            case .logCommit: #expect(!isInDoubt, "a commit behind a sync that failed: \(calls)")
            case .logWrite, .logWriteFailed, .logSyncHeld, .databaseWrite, .databaseSync: break
            }
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `what a sync that failed leaves behind is written anew before a daemon relies on it`() async throws {
        let coalition = try RunningCoalition()
        let disk = try ObservedDisk(in: coalition.folder)
        let run = try disk.launch("GBR", of: coalition)
        try await run.untilListening()
        let client = try coalition.connect(as: "GBR/j2-fusion")
        let first = try seal(in: coalition)
        let doubtful = try seal(in: coalition)
        #expect(try await submit(first, client).status == .created)
        try disk.order(.syncFails)
        #expect(try await submit(doubtful, client).status.code == 503)
        await run.killNow()

        // The commit is whole in the file that the kernel shows. Whether the disk has it, nobody knows.
        let refused = try disk.launch("GBR", of: coalition)
        #expect(await refused.ended == .exited(1))
        let messages = try refused.messages
        #expect(messages.contains("cannot sync"), "\(messages)")
        try disk.repair()
        let before = try disk.calls.count
        let again = try disk.launch("GBR", of: coalition)
        try await again.untilListening()
        let calls = try disk.logCalls(after: before)
        #expect(calls.first == .logWrite)
        #expect(calls.first { $0 != .logWrite } == .logSync, "\(calls)")

        #expect(try await submit(first, client).status == .ok)
        #expect(try await submit(doubtful, client).status == .ok)
        await client.close()
        #expect(await again.stop() == .exited(0))
        let ids = try [first, doubtful].map { try ReceivedEnvelope($0).header.id }
        let releases = try coalition.soundLog(of: "GBR").filter { $0.kind == .release }
        #expect(releases.map(\.sequence) == [1, 2] && releases.map(\.message) == ids)
        for run in [run, refused, again] { try expectNoCrash(run) }
    }
}
