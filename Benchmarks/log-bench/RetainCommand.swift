import ArgumentParser
import CanonicalEncoding
import RelayStorage
import Relaying
import TransparencyLog

/// Erases the details of a filled log as retention does, while a producer goes on appending.
struct RetainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retain",
        abstract: "Erase the details of all entries as retention does, and see how long commits wait meanwhile."
    )

    @Option(help: "The data folder; its details are gone afterwards.") var folder: String

    func run() async throws {
        let store = try BenchLog(folder: folder).open()
        let entries = try await store.checkpoint().checkpoint.head.size
        let producer = Task { () -> [Duration] in
            var waits: [Duration] = []
            while !Task.isCancelled {
                let start = ContinuousClock.now
                _ = try await store.append(BenchLog.draft(waits.count))
                waits.append(ContinuousClock.now - start)
            }
            return waits
        }
        let start = ContinuousClock.now
        let erased = try await store.keep(RetentionRule(bodiesBefore: nil, detailsBefore: .now()))
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        producer.cancel()
        let waits = try await producer.value.sorted()
        try store.close()
        let details = erased.erasures.reduce(0) { $0 + $1.record.entries.count }
        print(
            JSONValue.object([
                "entries": .integer(Int64(clamping: entries)), "details": .integer(Int64(details)),
                "erasures": .integer(Int64(erased.erasures.count)), "ms": .integer(Int64(seconds * 1000)),
                "details-per-second": .integer(Int64(Double(details) / seconds)),
                "write-ahead-log-empty": .bool(erased.erasures.allSatisfy(\.isWriteAheadLogEmpty)),
                "commits-meanwhile": .integer(Int64(waits.count)),
                "commit-us-p50": .integer(Self.microseconds(waits, 0.5)),
                "commit-us-p99": .integer(Self.microseconds(waits, 0.99)),
                "commit-us-longest": .integer(Self.microseconds(waits, 1)),
            ]).canonicalText
        )
    }

    /// A quantile of sorted waits.
    private static func microseconds(_ waits: [Duration], _ quantile: Double) -> Int64 {
        guard !waits.isEmpty else { return 0 }
        let wait = waits[min(waits.count - 1, Int(Double(waits.count) * quantile))]
        return Int64(wait / .microseconds(1))
    }
}
