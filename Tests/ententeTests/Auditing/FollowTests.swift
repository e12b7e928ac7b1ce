import CanonicalEncoding
import CoalitionDirectory
import Foundation
import RelayStorage
import Relaying
import Synchronization
import Testing

/// `entente audit log --follow`: what is appended while it runs.
@Suite(.timeLimit(.minutes(10))) struct FollowTests {
    /// The command while it runs, and the lines that it prints.
    ///
    /// `@unchecked Sendable`: one test has it, which does one thing after the other.
    private final class Following: @unchecked Sendable {
        private let process = Process()
        private var lines: AsyncStream<String>.Iterator

        init(_ arguments: [String]) throws {
            let output = Pipe()
            process.executableURL = ProgramRun.built.appendingPathComponent("entente")
            process.arguments = ["audit", "log", "--follow"] + arguments
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            let (stream, continuation) = AsyncStream<String>.makeStream()
            lines = stream.makeAsyncIterator()
            try process.run()
            let reading = output.fileHandleForReading
            // A thread of its own: waiting for output must not keep the node in this process from answering.
            Thread.detachNewThread {
                var rest: [UInt8] = []
                while case let data = reading.availableData, !data.isEmpty {
                    rest += data
                    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                        continuation.yield(String(decoding: rest[..<end], as: UTF8.self))
                        rest.removeSubrange(...end)
                    }
                }
                continuation.finish()
            }
        }

        deinit {
            if process.isRunning { process.terminate() }
        }

        /// So many further lines; fewer when the command ends before.
        func next(_ count: Int) async -> [String] {
            var found: [String] = []
            while found.count < count, let line = await lines.next() { found.append(line) }
            return found
        }

        /// Interrupts it as a person does; gives the signal that ended it, and what it printed since.
        func interrupt() async -> (signal: Int32?, lines: [String]) {
            process.interrupt()
            let rest = await next(.max)
            process.waitUntilExit()
            return (process.terminationReason == .uncaughtSignal ? process.terminationStatus : nil, rest)
        }
    }

    private static func indices(_ lines: [String]) throws -> [Int64?] {
        try lines.map { try JSONValue.parse(Array($0.utf8))["entry"]?["index"]?.integerValue }
    }

    private static func append(_ kinds: [AuditEntryKind], to store: RelayStore) async throws {
        for kind in kinds {
            let draft = AuditEntryDraft(
                kind,
                kind == .refusal ? .refused : .done,
                realm: .live,
                peer: try SPIFFEID("spiffe://fra.example/node/fra-hub"),
                reasons: kind == .refusal ? ["busy"] : []
            )
            _ = try await store.append(draft)
        }
    }

    /// What the command prints of a log to which entries are appended while it follows.
    private func check(_ fixture: LogFixture, _ source: [String]) async throws {
        let all = try Following(source + ["--limit", "2", "--json"])
        let text = try Following(source + ["--limit", "1"])
        let refusals = try Following(source + ["--kind", "refusal", "--grep", "busy", "--json"])
        let csv = try Following(source + ["--csv", "--after", "2"])
        // The last two that were there; none that says busy; those behind the given one, below their heading.
        #expect(try await Self.indices(all.next(2)) == [3, 4])
        #expect(await csv.next(3).map { String($0.prefix(6)) } == ["index,", "3,2026", "4,2026"])
        #expect(await text.next(1).first?.hasPrefix("4         ") == true)
        try await Self.append([.start, .refusal], to: fixture.store)
        let lines = await text.next(2)
        #expect(lines.count == 2 && lines[1].hasPrefix("6         ") && lines[1].hasSuffix("  -  busy"), "\(lines)")
        #expect(lines.last?.contains("  refusal           refused   fra.example/node/fra-hub  ") == true, "\(lines)")
        #expect(try await Self.indices(all.next(2)) == [5, 6])
        #expect(try await Self.indices(refusals.next(1)) == [6])
        try await Self.append([.stop, .refusal, .refusal], to: fixture.store)
        #expect(try await Self.indices(all.next(3)) == [7, 8, 9])
        #expect(try await Self.indices(refusals.next(2)) == [8, 9])
        #expect(await csv.next(5).map { String($0.prefix(2)) } == ["5,", "6,", "7,", "8,", "9,"])
        // Nothing came twice, and nothing else came.
        for following in [all, refusals, csv] {
            let (signal, lines) = await following.interrupt()
            #expect(signal == SIGINT && lines.isEmpty, "\(lines)")
        }
    }

    @Test func `a node's log is followed, with its filters`() async throws {
        let fixture = try await LogFixture(5)
        try await fixture.listening { try await check(fixture, ["--socket", fixture.socket]) }
    }

    @Test func `the database of a running node is followed`() async throws {
        let fixture = try await LogFixture(5)
        try await check(fixture, ["--file", fixture.folder + "/entente.sqlite"])
    }

    @Test func `where no node listens any more, following ends with an error`() async throws {
        let fixture = try await LogFixture(1)
        try await fixture.listening {
            let following = try Following(["--socket", fixture.socket])
            #expect(await following.next(1).count == 1)
        }
        let run = try await ProgramRun(["audit", "log", "--follow", "--socket", fixture.socket])
        #expect(run.status == 5 && run.messages.contains("next: start the node"), "\(run.messages)")
    }

    @Test func `a node that is restarted is waited for, and nothing is missed`() async throws {
        let fixture = try await LogFixture(2)
        let started = Mutex<Following?>(nil)
        try await fixture.listening {
            let following = try Following(["--socket", fixture.socket, "--json"])
            #expect(await following.next(2).count == 2)
            started.withLock { $0 = following }
        }
        let following = try #require(started.withLock { $0 })
        try await Self.append([.start, .refusal], to: fixture.store)
        try await Task.sleep(for: .seconds(1))
        try await fixture.listening {
            let further = await following.next(2)
            let indices = try Self.indices(further)
            #expect(indices == [2, 3])
        }
        let (signal, lines) = await following.interrupt()
        #expect(signal == SIGINT && lines.isEmpty, "\(lines)")
    }

    @Test(arguments: [["--until", "2026-11-22"], ["--before", "7"]])
    func `following what has an end is a usage error`(arguments: [String]) async throws {
        let run = try await ProgramRun(["audit", "log", "--follow"] + arguments)
        #expect(run.status == 64 && run.messages.contains("leave out --until and --before"), "\(run.messages)")
    }

    @Test(arguments: ["--grep", "--label", "--rule"])
    func `an empty text to search for is a usage error`(option: String) async throws {
        let run = try await ProgramRun(["audit", "log", option, ""])
        #expect(run.status == 64 && run.messages.contains("expected a text behind \(option)"), "\(run.messages)")
    }

    @Test func `following backwards is a usage error`() async throws {
        let run = try await ProgramRun(["audit", "log", "--follow", "--reverse"])
        #expect(run.status == 64 && run.messages.contains("leave out --reverse"), "\(run.messages)")
    }
}
