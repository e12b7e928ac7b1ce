import ArgumentParser
import CanonicalEncoding
import Foundation
import Histogram
import RelayStorage

/// Commits by many producers that each wait for their answer.
struct WriteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "write",
        abstract: "Append entries by as many producers, each of which waits for its proof."
    )

    @Option(help: "A new folder on the disk that is to be measured.") var folder: String
    @Option(help: "How many producers; may be given several times.") var producers = [1, 8, 64, 256, 1024]
    @Option(help: "How long each number of producers goes on, in seconds.") var seconds = 5.0

    func run() async throws {
        for count in producers {
            let log = try BenchLog(folder: "\(folder)-\(count)")
            let store = try log.open()
            let result = try await measure(store, count)
            print(JSONValue.object(result).canonicalText)
            try store.close()
            try FileManager.default.removeItem(atPath: log.folder)
            try FileManager.default.removeItem(atPath: log.folder + ".key")
        }
    }

    private func measure(_ store: RelayStore, _ producers: Int) async throws -> [String: JSONValue] {
        let clock = ContinuousClock()
        let drafts = try (0..<4096).map { try BenchLog.draft($0) }
        let before = ProcessUse.current()
        let start = clock.now
        let end = start.advanced(by: .seconds(seconds))
        let times = try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for producer in 0..<producers {
                group.addTask {
                    var times: [UInt64] = []
                    while clock.now < end {
                        let asked = clock.now
                        _ = try await store.append(drafts[(producer &+ times.count &* 31) & 4095])
                        let took = (clock.now - asked).components
                        times.append(UInt64(took.seconds) * 1_000_000 + UInt64(took.attoseconds / 1_000_000_000_000))
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let took = (clock.now - start).components
        let elapsed = Double(took.seconds) + Double(took.attoseconds) / 1e18
        let use = ProcessUse.current() - before
        let commits = try await store.status().commitCount
        let count = times.count
        var histogram = Histogram<UInt64>(highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: .three)
        for time in times { histogram.record(time) }
        let (p50, p99) = (histogram.valueAtPercentile(50), histogram.valueAtPercentile(99))
        return [
            "producers": .integer(Int64(producers)), "entries": .integer(Int64(count)),
            "entries-per-second": .integer(Int64(Double(count) / elapsed)), "commits": .integer(Int64(commits)),
            "cpu-us-per-entry": .integer(Int64(use * 1e6 / Double(max(count, 1)))),
            "latency-us": ["p50": .integer(Int64(p50)), "p99": .integer(Int64(p99))],
        ]
    }
}
