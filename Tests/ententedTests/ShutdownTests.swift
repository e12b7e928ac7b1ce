import CanonicalEncoding
import Foundation
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import RelayTransport
import Relaying
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Stopping a daemon in order.
@Suite(.serialized) struct ShutdownTests {
    private static let requestCount = 32
    private static let bodySize = 200_000

    @Test(.timeLimit(.minutes(10)), arguments: [SIGTERM, SIGINT])
    func `what was committed is answered, then the stop is logged and the status is 0`(signal: Int32) async throws {
        let coalition = try RunningCoalition()
        let run = try await coalition.launchListening("GBR")
        let client = try coalition.connect(as: "GBR/j2-fusion")
        let envelopes = try (0..<Self.requestCount).map { _ in
            try coalition.seal(
                from: "GBR/j2-fusion",
                to: ["FRA/cni"],
                marking: "GBR SECRET//REL TO FRA//INTREP",
                payload: [UInt8](repeating: 7, count: Self.bodySize)
            )
        }
        let acknowledged = try await withThrowingTaskGroup(of: MessageID?.self) { tasks in
            for envelope in envelopes {
                tasks.addTask {
                    do {
                        let answer = try await client.post("/v1/messages", Envelope.mediaType, envelope.bytes)
                        #expect(answer.status == .created, "\(String(buffer: answer.body))")
                        return try ReceivedEnvelope(envelope).header.id
                    } catch is WireClientError {
                        // It came too late; the log must not hold it.
                        return nil
                    }
                }
            }
            var acknowledged: Set<MessageID> = []
            for try await id in tasks {
                if acknowledged.isEmpty { run.send(signal) }
                if let id { acknowledged.insert(id) }
            }
            return acknowledged
        }
        #expect(await run.ended == .exited(0))
        await client.close()
        let log = try coalition.soundLog(of: "GBR")
        #expect(log.last?.kind == .stop)
        #expect(log.filter { $0.kind == .start }.count == 1)
        #expect(Set(log.filter { $0.kind == .release }.compactMap(\.message)) == acknowledged)
        #expect(!acknowledged.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: coalition.dataFolder(of: "GBR").path + "/operator.sock"))
        try expectNoCrash(run)
    }

    @Test(.timeLimit(.minutes(10)), arguments: [0, 10, 30, 60, 120, 240])
    func `a daemon that is told to stop while it starts ends in order`(milliseconds: Int) async throws {
        let coalition = try RunningCoalition()
        let file = try coalition.variant(of: "GBR", ["listen:": "logging: {level: debug}\nlisten:"])
        let run = try DaemonRun(["--config", file.path], in: coalition.folder)
        _ = try await coalition.eventually { try run.messages.contains("starting") ? true : nil }
        try await Task.sleep(for: .milliseconds(milliseconds))
        run.send(SIGHUP)
        #expect(await run.stop() == .exited(0))
        let kinds = try coalition.soundLog(of: "GBR").map(\.kind)
        #expect(kinds == [] || kinds == [.start, .stop], "\(kinds)")
        #expect(!FileManager.default.fileExists(atPath: coalition.dataFolder(of: "GBR").path + "/operator.sock"))
        try expectNoCrash(run)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a daemon that is told to stop between its two listeners ends in order`() async throws {
        let coalition = try RunningCoalition()
        for _ in 0..<3 {
            let run = try coalition.launch("GBR")
            while try !run.messages.contains("listening for operators") {
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(await run.stop() == .exited(0))
        }
        #expect(try coalition.soundLog(of: "GBR").map(\.kind) == [.start, .stop, .start, .stop, .start, .stop])
    }

    @Test(.timeLimit(.minutes(10)))
    func `a daemon that has stopped goes on with the same log`() async throws {
        let coalition = try RunningCoalition()
        for _ in 0..<2 {
            let run = try await coalition.launchListening("GBR")
            #expect(await run.stop() == .exited(0))
        }
        #expect(try coalition.soundLog(of: "GBR").map(\.kind) == [.start, .stop, .start, .stop])
    }
}
