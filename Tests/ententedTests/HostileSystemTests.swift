import Foundation
import HTTPTypes
import MessageEnvelope
import NIOCore
import NIOPosix
import NodeSupport
import RelayTransport
import Relaying
import SecurityLabels
import Testing

/// A daemon whose system does not give it what it asks for.
@Suite(.serialized) struct HostileSystemTests {
    /// Where the log goes instead of to a reader.
    enum Log: String, CaseIterable, Sendable {
        case fullDisk = "2>/dev/full"
        case closedPipe = "2> >(exec true)"
        case closed = "2>&-"
    }

    /// Runs the daemon with `redirection` and `setup` by a shell that it takes the place of.
    private func launch(
        _ coalition: RunningCoalition,
        setup: String = ":",
        redirection: String = "",
        format: String = "json"
    ) throws -> DaemonRun {
        let configuration = try coalition.variant(
            of: "GBR",
            ["data: data-GBR": "data: data-GBR\nlogging: {format: \(format), level: debug}"]
        )
        let daemon = DaemonRun.binaries.appendingPathComponent("entented").path
        return try DaemonRun(
            ["-c", "\(setup); exec \"$0\" --config \"$1\" \(redirection)", daemon, configuration.path],
            program: URL(fileURLWithPath: "/bin/bash"),
            in: coalition.folder
        )
    }

    private func untilAnswering(_ coalition: RunningCoalition, as mailbox: String) async throws {
        _ = try await coalition.eventually {
            let client = try coalition.connect(as: mailbox)
            let answer: HTTPResponse.Status?
            do {
                answer = try await client.get("/v1/log/checkpoint").status
            } catch is WireClientError {
                answer = nil
            }
            await client.close()
            return answer == .ok ? answer : nil
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: Log.allCases, ["json", "text"])
    func `a daemon whose log cannot be written works on`(log: Log, format: String) async throws {
        let coalition = try RunningCoalition()
        let run = try launch(coalition, redirection: log.rawValue, format: format)
        try await untilAnswering(coalition, as: "GBR/j2-fusion")
        let client = try coalition.connect(as: "GBR/j2-fusion")
        for _ in 0..<5 { #expect(try await client.get("/v1/nothing").status == .notFound) }
        #expect(try await client.get("/v1/log/checkpoint").status == .ok)
        await client.close()
        #expect(await run.stop() == .exited(0))
        #expect(try coalition.soundLog(of: "GBR").last?.kind == .stop)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a failed start says so with its status where nobody reads the reason`() async throws {
        let coalition = try RunningCoalition()
        let daemon = DaemonRun.binaries.appendingPathComponent("entented").path
        let run = try DaemonRun(
            ["-c", "exec \"$0\" --config /nonexistent.yaml 2>/dev/full", daemon],
            program: URL(fileURLWithPath: "/bin/bash"),
            in: coalition.folder
        )
        #expect(await run.ended == .exited(11))
    }

    @Test(.timeLimit(.minutes(10)))
    func `a daemon with few files to open lets its callers in past connections that say nothing`() async throws {
        let coalition = try RunningCoalition()
        let run = try launch(coalition, setup: "ulimit -n 64")
        try await untilAnswering(coalition, as: "GBR/j2-fusion")
        let open = try coalition.connect(as: "GBR/j2-fusion")
        #expect(try await open.get("/v1/log/checkpoint").status == .ok)
        var idle: [any Channel] = []
        for _ in 0..<100 {
            idle.append(
                try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: "127.0.0.1", port: coalition.port(of: "GBR")).get()
            )
        }
        #expect(try await open.get("/v1/log/checkpoint").status == .ok)
        let envelope = try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["GBR/j2-fusion"],
            marking: "GBR SECRET//INTREP",
            precedence: .flash
        )
        let late = try coalition.connect(as: "GBR/maritime-desk")
        #expect(
            try await late.post("/v1/messages", Envelope.mediaType, envelope.bytes).status == .created
        )
        for channel in idle { channel.close(promise: nil) }
        await open.close()
        await late.close()
        #expect(await run.stop() == .exited(0))
        #expect(try run.messages.contains("too-many-connections"))
        try expectNoCrash(run)
    }
}
