import ArgumentParser
import CanonicalEncoding
import RelayStorage
import Synchronization

/// Makes a large log, to verify and to search.
struct FillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill",
        abstract: "Append so many entries, spread over the days that a busy node takes for them."
    )

    @Option(help: "The data folder; made when there is none.") var folder: String
    @Option(help: "How many entries.") var entries = 10_000_000

    func run() async throws {
        // Each reading is ten milliseconds on, so that a batch is.
        let time = Counter(1_795_348_800_000)
        let store = try BenchLog(folder: folder).open { Timestamp(millisecondsSinceEpoch: Int64(time.next(10))) }
        let numbers = Counter(0)
        let total = entries
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<1024 {
                group.addTask {
                    while case let number = numbers.next(), number < total {
                        _ = try await store.append(BenchLog.draft(number))
                    }
                }
            }
            try await group.waitForAll()
        }
        let status = try await store.status()
        print(
            JSONValue.object([
                "entries": .integer(Int64(status.logSize)), "bytes": .integer(Int64(status.databaseSize)),
            ]).canonicalText
        )
        try store.close()
    }
}

/// Numbers that go up, for many tasks.
private final class Counter: Sendable {
    private let value: Mutex<Int>

    init(_ value: Int) {
        self.value = Mutex(value)
    }

    func next(_ step: Int = 1) -> Int {
        value.withLock { value in
            defer { value += step }
            return value
        }
    }
}
