import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import RelayStorage
import Relaying
import TransparencyLog

/// Asks a log the usual questions, each many times.
struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Ask the usual questions of a log, a page of 100 entries each."
    )

    @Option(help: "The data folder.") var folder: String
    @Option(help: "How often each question is asked.") var rounds = 50

    func run() throws {
        let copy = try LogCopy(path: try BenchLog(folder: folder).database)
        let size = try copy.checkpoint().checkpoint.head.size
        let fra = try SPIFFEID("spiffe://fra.example/node/fra-1")
        let middle = try copy.entry(index: size / 2)?.entry
        let message =
            try copy.entry(index: size / 2 + 1)?.entry.message ?? copy.entry(index: size / 2 + 2)?.entry.message
        var questions: [(String, EntryFilter)] = [
            ("the last entries", EntryFilter(isReversed: true)),
            ("of a peer, the last", EntryFilter(peer: fra, isReversed: true)),
            ("of a peer, the first", EntryFilter(peer: fra)),
            ("of a peer since the middle", EntryFilter(peer: fra, since: middle?.time)),
            ("a rare kind, the last", EntryFilter(kinds: [.operatorAction], isReversed: true)),
            ("denied since the middle", EntryFilter(outcomes: [.denied], since: middle?.time)),
            ("refused, of a peer, the last", EntryFilter(outcomes: [.refused], peer: fra, isReversed: true)),
            ("a kind that never was", EntryFilter(kinds: [.recovery])),
        ]
        if let message { questions.append(("of a message", EntryFilter(message: message))) }
        let clock = ContinuousClock()
        for (name, filter) in questions {
            var times: [Duration] = []
            var count = 0
            for _ in 0..<rounds {
                try times.append(clock.measure { count = try copy.entries(filter).count })
            }
            times.sort()
            func microseconds(_ time: Duration) -> JSONValue {
                .integer(time.components.seconds * 1_000_000 + time.components.attoseconds / 1_000_000_000_000)
            }
            print(
                JSONValue.object([
                    "question": .string(name), "entries": .integer(Int64(count)),
                    "p50-us": microseconds(times[times.count / 2]), "max-us": microseconds(times[times.count - 1]),
                ]).canonicalText
            )
        }
    }
}
