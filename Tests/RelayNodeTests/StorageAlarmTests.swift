import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import Logging
import MessageEnvelope
import NodeSupport
import OperatorInterface
import RelayStorage
import RelayTransport
import Relaying
import Testing

@testable import RelayNode

/// What a node says of its disk: a write-ahead log that somebody keeps from being moved into the database, little room, and
/// what cannot be read.
@Suite struct StorageAlarmTests {
    /// Another process that holds a read transaction on a database until it is ended.
    private final class Reader {
        private let process = Process()
        private let input = Pipe()

        init(database: String) throws {
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["sqlite3", "-readonly", database]
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            try input.fileHandleForWriting.write(contentsOf: Data("BEGIN; SELECT count(*) FROM entries;\n".utf8))
            // Its answer says that it reads one state of the log, and goes on to.
            try #require(!output.fileHandleForReading.availableData.isEmpty)
        }

        func end() throws {
            try input.fileHandleForWriting.close()
            process.waitUntilExit()
        }

        deinit {
            if process.isRunning { process.terminate() }
        }
    }

    /// The records of the level `error`.
    private final class Errors: LogHandler, @unchecked Sendable {
        // Guarded by the lock.
        private let lock = NSLock()
        private var lines: [String] = []
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.error

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) {
            lock.withLock { lines.append("\(event.message)") }
        }

        var messages: [String] { lock.withLock { lines } }
    }

    @Test(.timeLimit(.minutes(10)))
    func `a reader that keeps the write-ahead log from being moved raises an alarm, which ends with it`() async throws {
        let coalition = try RunningCoalition()
        let errors = Errors()
        try await coalition.start("GBR", logger: Logger(label: "test") { _ in errors })
        let node = try coalition.node("GBR")
        func alarms() -> [String] { node.description.alarms.map(\.code) }
        let large = JSONValue.string(String(repeating: "x", count: 1_000_000))
        func append(_ count: Int) async throws {
            for _ in 0..<count {
                _ = try await node.store.append(
                    AuditEntryDraft(.operatorAction, .done, realm: .live, details: ["text": large])
                )
            }
        }
        // Without a reader as much is moved in time.
        try await append(40)
        let reader = try Reader(
            database: coalition.dataFolder(of: "GBR").appendingPathComponent("entente.sqlite").path
        )
        let bound = RelayStore.writeAheadLogBound
        #expect(bound == 128 << 20)
        while try node.store.writeAheadLogSize() <= bound {
            // The periodic look may come at any time: at or below the bound it finds nothing.
            #expect(!alarms().contains("write-ahead-log"))
            try await append(10)
        }
        let alarm = try await coalition.eventually {
            node.description.alarms.first { $0.code == "write-ahead-log" }
        }
        #expect(alarm.detail.contains("more than 128 MiB") && alarm.detail.contains("`fuser`"))
        // It is told once, however often it is looked at.
        node.watchStorage()
        node.watchStorage()
        #expect(errors.messages.filter { $0 == "storage alarm" }.count == 1)

        try reader.end()
        // The next commits move it, and begin it anew.
        _ = try await coalition.eventually {
            try await append(1)
            return alarms().contains("write-ahead-log") ? nil : true
        }
        #expect(try node.store.writeAheadLogSize() <= bound)
        #expect(try await node.store.verifyLog().isSound)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `bytes that were erased and that a reader keeps in the write-ahead log are alarmed until they are gone`()
        async throws
    {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let node = try coalition.node("GBR")
        func alarms() -> [String] { node.description.alarms.map(\.code) }
        let text = JSONValue.string("needle-" + String(repeating: "x", count: 1000))
        let entry = try await node.store.append(
            AuditEntryDraft(.refusal, .refused, realm: .live, details: ["detail": text])
        )
        let database = coalition.dataFolder(of: "GBR").appendingPathComponent("entente.sqlite").path
        let reader = try Reader(database: database)
        let erasure = try await node.erase(
            ErasureOrder(.entries(IndexRanges([entry.entry.index])), authority: "a court", reason: "a test")
        )
        #expect(erasure?.isWriteAheadLogEmpty == false)
        node.watchStorage()
        #expect(alarms().contains("erasure-unfinished"))
        await node.wipe()
        node.watchStorage()
        #expect(alarms().contains("erasure-unfinished"))

        try reader.end()
        try await coalition.eventually { alarms().contains("erasure-unfinished") ? nil : () }
        for suffix in ["", "-wal"] {
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: database + suffix)).range(of: Data("needle-".utf8)) == nil
            )
        }
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a disk with little room is alarmed before it is full`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let node = try coalition.node("GBR")
        node.watchStorage(lowRoom: 1)
        #expect(!node.description.alarms.contains { $0.code == "storage-low" })
        node.watchStorage(lowRoom: .max)
        let alarm = try #require(node.description.alarms.first { $0.code == "storage-low" })
        #expect(alarm.detail.contains("make room"))
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a read that fails is alarmed for an hour, and counted`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try await coalition.start("GBR", clock: { clock.now })
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["GBR/maritime-desk"],
            marking: "GBR SECRET//INTREP"
        )
        #expect(try await coalition.submit(envelope).status == .created)
        let node = try coalition.node("GBR")
        func alarm() -> NodeDescription.Alarm? {
            node.watchStorage()
            return node.description.alarms.first { $0.code == "storage-unreadable" }
        }
        // What is cancelled, or not there, is no failure of the disk.
        let cancelled = Task {
            while !Task.isCancelled { await Task.yield() }
            _ = try await node.store.trace(try envelope.id)
        }
        cancelled.cancel()
        _ = await cancelled.result
        _ = try await node.store.trace(try MessageID.generate(at: .now()))
        #expect(alarm() == nil)

        let sqlite = Process()
        sqlite.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let database = coalition.dataFolder(of: "GBR").appendingPathComponent("entente.sqlite").path
        sqlite.arguments = ["sqlite3", database, "UPDATE messages SET originator = 'nobody'"]
        try sqlite.run()
        sqlite.waitUntilExit()
        try #require(sqlite.terminationStatus == 0)
        for _ in 0..<2 {
            await #expect(throws: StoreError.self) { try await node.store.trace(try envelope.id) }
        }
        let found = try #require(alarm())
        #expect(found.detail.hasPrefix("2 reads have failed") && found.detail.contains("database damaged"), "\(found)")
        #expect(try await node.store.status().failedReadCount == 2)
        clock.shift(seconds: 3599)
        #expect(alarm() != nil)
        clock.shift(seconds: 2)
        #expect(alarm() == nil)
        try await coalition.stopAll()
    }
}
