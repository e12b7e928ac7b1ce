import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
import NodeSupport
import OpenSSLCrypto
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The real daemons, killed at random moments under load. `ENTENTE_TEST_SEED` repeats the choice of victims and times.
@Suite(.serialized) struct KillTests {
    private static let killCount = 24
    private static let submitterCount = 8

    @Test(.timeLimit(.minutes(10)))
    func `a kill at any moment loses no acknowledged message and doubles none`() async throws {
        let given = ProcessInfo.processInfo.environment["ENTENTE_TEST_SEED"]
        let seed = given.flatMap { UInt64($0) } ?? UInt64.random(in: .min ... .max)
        print("ENTENTE_TEST_SEED=\(seed)")
        let coalition = try RunningCoalition()
        let submissions = try Submissions(coalition, from: "GBR/j2-fusion", to: "FRA/cni")
        var runs: [DaemonRun] = []
        var last: [DaemonRun] = []
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for number in 0..<Self.submitterCount {
                tasks.addTask { try await submissions.run(seed: seed &+ UInt64(number) &+ 1) }
            }
            (runs, last) = try await Self.killRepeatedly(coalition, seed: seed)
            submissions.finish()
            try await tasks.waitForAll()
        }

        #expect(submissions.acknowledged == Set(submissions.envelopes.keys))
        #expect(submissions.acknowledged.count > Self.killCount, "too little was under way to prove anything")
        for id in submissions.acknowledged.sorted() { try await submissions.resubmit(id) }
        await submissions.close()
        try await Self.expectInbox(of: coalition, toHold: submissions.envelopes)
        for run in last { #expect(await run.stop() == .exited(0)) }
        print("\(Self.killCount) kills: \(submissions.summary)")

        try Self.expectLogs(of: coalition, toNumber: submissions.acknowledged)
        for run in runs { try expectNoCrash(run) }
    }

    /// Kills GBR mostly and FRA sometimes, some while they start.
    ///
    /// - Returns: all runs, and those of them that go on.
    private static func killRepeatedly(
        _ coalition: RunningCoalition,
        seed: UInt64
    ) async throws -> (all: [DaemonRun], last: [DaemonRun]) {
        var random = SeededGenerator(seed: seed)
        var running = ["GBR": try coalition.launch("GBR"), "FRA": try coalition.launch("FRA")]
        var runs = Array(running.values)
        for round in 1...killCount {
            let victim = round.isMultiple(of: 4) ? "FRA" : "GBR"
            let run = try #require(running[victim])
            if !round.isMultiple(of: 5) { try await run.untilListening() }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...500, using: &random)))
            #expect(await run.killNow() == .killed(signal: SIGKILL))
            let next = try coalition.launch(victim)
            running[victim] = next
            runs.append(next)
        }
        for run in running.values { try await run.untilListening() }
        return (runs, Array(running.values))
    }

    /// Waits until the recipient's inbox holds as many messages as were sent, and looks at each.
    private static func expectInbox(
        of coalition: RunningCoalition,
        toHold envelopes: [MessageID: Envelope]
    ) async throws {
        let reader = try coalition.connect(as: "FRA/cni")
        let inbox = try await coalition.eventually(within: 60) {
            let inbox = try await messages(in: "cni", of: reader)
            return Set(inbox.map(\.id)).count >= envelopes.count ? inbox : nil
        }
        #expect(inbox.count == envelopes.count, "a message is there twice")
        for (id, digest) in inbox {
            let envelope = try #require(envelopes[id], "nobody sent message \(id)")
            #expect(digest == envelope.digest.hex)
        }
        for id in inbox.map(\.id).shuffled().prefix(10) {
            #expect(try await reader.get("/v1/messages/\(id)").bytes == envelopes[id]?.bytes)
        }
        await reader.close()
        // The origin hears of the last ones a moment later.
        _ = try await coalition.eventually {
            let log = try LogCopy(path: coalition.databaseFile(of: "GBR"))
            let transfers = try log.entries(EntryFilter(kinds: [.transfer], limit: .max))
            return transfers.count >= envelopes.count ? transfers.count : nil
        }
    }

    private static func messages(
        in mailbox: String,
        of reader: WireClient<AuthenticatedPrincipal>
    ) async throws -> [(id: MessageID, digest: String)] {
        var found: [(id: MessageID, digest: String)] = []
        var next: Int64? = 0
        while let after = next {
            let answer = try await reader.get("/v1/mailboxes/\(mailbox)/messages?after=\(after)&limit=500")
            let page = try JSONValue.parseCanonical(answer.bytes)
            for item in page["messages"]?.arrayValue ?? [] {
                let id = try #require(item["message"]?.stringValue.flatMap { MessageID($0) })
                found.append((id, item["digest"]?.stringValue ?? ""))
            }
            next = page["next"]?.integerValue
        }
        return found
    }

    /// Both logs are whole and hold one entry for each step of each message; the stream has no gap.
    private static func expectLogs(of coalition: RunningCoalition, toNumber ids: Set<MessageID>) throws {
        let origin = try coalition.soundLog(of: "GBR")
        let releases = origin.filter { $0.kind == .release }
        #expect(releases.compactMap(\.sequence) == Array(1...UInt64(ids.count)))
        #expect(Set(releases.compactMap(\.message)) == ids)
        let transfers = origin.filter { $0.kind == .transfer }
        #expect(transfers.count == ids.count)
        #expect(Set(transfers.compactMap(\.message)) == ids)
        #expect(origin.filter { $0.kind == .void }.isEmpty)

        let destination = try coalition.soundLog(of: "FRA")
        let acceptances = destination.filter { $0.kind == .acceptance }
        #expect(acceptances.count == ids.count)
        #expect(Set(acceptances.compactMap(\.message)) == ids)
        // No crash has made a gap, or let a number be noted without its acceptance or the reverse.
        let streams = try LogCopy(path: coalition.dataFolder(of: "FRA").appendingPathComponent("entente.sqlite").path)
            .streamStatus()
        #expect(streams.streams.map(\.highest) == [UInt64(ids.count)])
        #expect(streams.gaps.filter { $0.closed == nil }.isEmpty && streams.faults == 0)
        for log in [origin, destination] {
            #expect(log.last?.kind == .stop)
            #expect(log.filter { $0.kind == .stop }.count == 1)
        }
    }
}
