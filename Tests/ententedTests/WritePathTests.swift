import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
import NodeSupport
import RelayTransport
import Relaying
import Synchronization
import Testing

/// What the daemon does to the disk before it answers.
@Suite(.serialized) struct WritePathTests {
    /// How many requests were answered, counted by the tasks that wait for them.
    private final class Answers: Sendable {
        private let answered = Mutex(0)

        var count: Int { answered.withLock { $0 } }

        func note() { answered.withLock { $0 += 1 } }
    }

    private static let count = 20

    private func seal(in coalition: RunningCoalition) throws -> Envelope {
        try coalition.seal(from: "GBR/maritime-desk", to: ["GBR/j2-fusion"], marking: "GBR SECRET//INTREP")
    }

    /// How many commits there are among the calls; each of them is followed by its sync before anything else.
    private func commits(in calls: [ObservedDisk.Call]) -> Int {
        var count = 0
        for (place, call) in calls.enumerated() where call == .logCommit {
            // The page of the frame follows its head.
            let rest = calls[(place + 1)...].drop { $0 == .logWrite }
            #expect(rest.first == .logSync, "commit \(count) of \(calls) is not synced")
            count += 1
        }
        #expect(calls.filter { $0 == .logSync }.count == count, "other syncs than those of commits: \(calls)")
        return count
    }

    @Test(.timeLimit(.minutes(10)))
    func `each of a row of submissions is one commit with one sync, done before it is answered`() async throws {
        let coalition = try RunningCoalition()
        let disk = try ObservedDisk(in: coalition.folder)
        let run = try disk.launch("GBR", of: coalition)
        try await run.untilListening()
        let client = try coalition.connect(as: "GBR/maritime-desk")
        #expect(try await client.get("/v1/log/checkpoint").status == .ok)
        let start = try disk.calls.count
        for _ in 0..<Self.count {
            let envelope = try seal(in: coalition)
            let before = try disk.calls.count
            #expect(try await client.post("/v1/messages", Envelope.mediaType, envelope.bytes).status == .created)
            let calls = try disk.logCalls(after: before)
            let commit = try #require(calls.firstIndex(of: .logCommit), "answered before it was committed")
            #expect(calls[commit...].contains(.logSync), "answered before it was synced")
        }
        // The node itself may have something to write, but not for every message.
        let commits = commits(in: try disk.logCalls(after: start))
        #expect((Self.count..<2 * Self.count).contains(commits))
        await client.close()
        #expect(await run.stop() == .exited(0))
    }

    @Test(.timeLimit(.minutes(10)))
    func `nothing is answered or shown before the sync, and what waits meanwhile shares the next commit`() async throws
    {
        let coalition = try RunningCoalition()
        let disk = try ObservedDisk(in: coalition.folder)
        let run = try disk.launch("GBR", of: coalition)
        try await run.untilListening()
        let client = try coalition.connect(as: "GBR/maritime-desk")
        let checkpoint = try await client.get("/v1/log/checkpoint").bytes
        let start = try disk.calls.count
        try disk.order(.syncIsHeld)
        let envelopes = try (0..<Self.count).map { _ in try seal(in: coalition) }
        let answers = Answers()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (place, envelope) in envelopes.enumerated() {
                // The first one's commit waits for the disk when the others come.
                if place == 1 {
                    _ = try await coalition.eventually { try disk.calls.contains(.logSyncHeld) ? true : nil }
                }
                tasks.addTask {
                    let answer = try await client.post("/v1/messages", Envelope.mediaType, envelope.bytes)
                    answers.note()
                    #expect(answer.status == .created)
                }
            }
            // The node answers what needs no commit, and behind the others on the same connection.
            for _ in 0..<Self.count {
                #expect(try await client.get("/v1/log/checkpoint").bytes == checkpoint)
            }
            #expect(answers.count == 0)
            try disk.repair()
            try await tasks.waitForAll()
        }
        let calls = try disk.logCalls(after: start).filter { $0 != .logSyncHeld }
        #expect(commits(in: calls) < Self.count / 2, "submissions did not share commits")
        await client.close()
        #expect(await run.stop() == .exited(0))
    }
}
