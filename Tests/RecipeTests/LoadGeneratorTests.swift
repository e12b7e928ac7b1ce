import Foundation
import Testing

/// `entente-load` against a real node.
@Suite(.serialized) struct LoadGeneratorTests {
    private struct Report: Decodable {
        struct Latency: Decodable {
            let p50: Int
            let p99: Int
            let p999: Int
            let max: Int

            enum CodingKeys: String, CodingKey {
                case p50, p99, max
                case p999 = "p99.9"
            }
        }

        struct Phase: Decodable {
            let latency: Latency
            let messagesPerSecond: Int
            let cpu: Int?

            enum CodingKeys: String, CodingKey {
                case latency = "latency-us"
                case messagesPerSecond = "messages-per-second"
                case cpu = "daemon-cpu-us-per-message"
            }
        }

        let algorithm: String
        let connections: Int
        let messages: Int
        let submission: Phase
        let delivery: Phase
    }

    @Test(.timeLimit(.minutes(5)))
    func `the load generator measures submissions and deliveries that the node has logged`() throws {
        let nodes = try ExampleNodes()
        let process = try nodes.start("gbr-1")
        try nodes.start("fra-hub")
        let load = try BuiltPrograms.folder().appendingPathComponent("entente-load").path
        let run = try ShellRun(
            """
            '\(load)' --example . --from GBR/j2-fusion --to FRA/cni --messages 20 --warmup 5 --connections 2 \
            --in-flight 4 --pid \(process) --delivery
            """,
            in: nodes.folder
        )
        try #require(run.status == 0, "\(run.messages)")
        let report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
        #expect(report.algorithm == "P-256")
        #expect(report.connections == 2)
        #expect(report.messages == 20)
        for phase in [report.submission, report.delivery] {
            #expect(phase.messagesPerSecond > 0)
            #expect(0 < phase.latency.p50 && phase.latency.p50 <= phase.latency.p99)
            #expect(phase.latency.p99 <= phase.latency.p999 && phase.latency.p999 <= phase.latency.max)
        }
        #expect(try #require(report.submission.cpu) > 0)
        // Warm-up and measured messages, all released and none twice.
        let releases = try nodes.entente("audit log --context gbr --kind release --limit 100 --json")
        #expect(releases.output.matches(of: /"kind": ?"release"/).count == 25, "\(releases.output)")
        nodes.stop()
    }

    @Test func `a count out of range is refused`() throws {
        let load = try BuiltPrograms.folder().appendingPathComponent("entente-load").path
        let run = try ShellRun(
            "'\(load)' --example . --from GBR/j2-fusion --to FRA/cni --messages 0",
            in: FileManager.default.temporaryDirectory
        )
        #expect(run.status == 64)
        #expect(run.messages.contains("out of range"))
    }
}
