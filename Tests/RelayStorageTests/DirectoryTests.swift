import CoalitionDirectory
import Foundation
import GRDB
import OpenSSLCrypto
import Relaying
import TestSupport
import Testing

@testable import RelayStorage

/// The directories that entries name, kept with the sheets of then.
@Suite struct DirectoryTests {
    private static func tamper(_ fixture: StoreFixture, _ sql: String) throws {
        let queue = try DatabaseQueue(path: fixture.databasePath)
        try queue.write { database in
            for table in ["sheets", "directories"] {
                try database.execute(sql: "DROP TRIGGER \(table)_never_go; DROP TRIGGER \(table)_never_change")
            }
            try database.execute(sql: sql)
        }
        try queue.close()
    }

    @Test func `a directory is kept once, with its sheets, and is there after a restart`() async throws {
        let fixture = try StoreFixture()
        let directory = try CoalitionFixture(["GBR", "FRA"]).directory
        let store = try fixture.open()
        for _ in 0..<2 { try await store.keep(directory) }
        try store.close()
        let again = try fixture.open()
        let record = try await again.read { try DirectoryRecord.find(directory.stateHash, in: $0) }
        #expect(record?.state == directory.state)
        #expect(record?.sheets == directory.sheets.map(\.bytes))
        #expect(try await again.read { try $0.integer("SELECT count(*) FROM sheets") } == 2)
        #expect(try await again.read { try DirectoryRecord.find(.hash([1]), in: $0) } == nil)
        try again.close()
        #expect(try fixture.verify().findings == [])
    }

    @Test(arguments: [
        ("DELETE FROM sheets WHERE rowid = 1", "is missing"),
        ("UPDATE sheets SET bytes = x'3000' WHERE rowid = 1", "digest"),
        ("UPDATE directories SET state = CAST(replace(CAST(state AS TEXT), 'live', 'evil') AS BLOB)", "hash"),
    ])
    func `a sheet that is gone or changed, and a changed state, are found`(sql: String, finding: String) async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        try await store.keep(try CoalitionFixture(["GBR", "FRA"]).directory)
        try store.close()
        try Self.tamper(fixture, sql)
        let findings = try fixture.verify().findings.filter { $0.subject == .directory }
        #expect(findings.contains { $0.detail.contains(finding) }, "\(findings)")
    }

    @Test func `another key for a node's log ends its stream, and what was missing from it`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        // Two coalitions of the same names, with other keys.
        let (old, new) = (
            try CoalitionFixture(["GBR", "FRA"]).directory, try CoalitionFixture(["GBR", "FRA"]).directory
        )
        let sheet = try #require(old.partner(try PartnerCode("FRA")))
        let origin = sheet.id(.node(try #require(sheet.nodes.first).name))
        try await store.keep(old)
        let realm = fixture.node.realm
        _ = try await store.writer.perform { transaction in
            let stream = try InboundStream.find(origin, in: transaction.database)
            try stream.advance(to: 9, missing: 4..<7, in: transaction)
            let gap = try #require(try Gap.isolate(5, of: stream.row, in: transaction.database))
            _ = try gap.raised(realm: realm, origin: origin, in: transaction)
        }
        // The same directory again, and one with the same keys, end nothing.
        try await store.keep(old)
        #expect(try await store.streamStatus().streams.map(\.highest) == [9])
        try await store.keep(new)
        let status = try await store.streamStatus()
        #expect(status.streams.isEmpty)
        #expect(status.gaps.map(\.numbers).sorted { $0.lowerBound < $1.lowerBound } == [4...4, 5...5, 6...6])
        #expect(status.gaps.allSatisfy { $0.ended == "log-ended" })
        let entries = try await store.entries(EntryFilter(kinds: [.gap])).map(\.entry)
        #expect(entries.filter { $0.outcome == .failed }.count == 3)
        #expect(entries.filter { $0.outcome == .done }.map(\.reasons) == [["log-ended"], ["log-ended"], ["log-ended"]])
        _ = try await store.writer.perform { transaction in
            let stream = try InboundStream.find(origin, in: transaction.database)
            #expect(stream.highest == 0)
        }
        try store.close()
        #expect(try fixture.verify().findings == [])
    }

    @Test func `sheets and directories never change and never go`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        try await store.keep(try CoalitionFixture(["GBR"]).directory)
        try store.close()
        let queue = try DatabaseQueue(path: fixture.databasePath)
        for sql in [
            "DELETE FROM sheets", "UPDATE sheets SET bytes = x'00'", "DELETE FROM directories",
            "UPDATE directories SET state = x'00'",
        ] {
            #expect(throws: DatabaseError.self, "\(sql)") { try queue.write { try $0.execute(sql: sql) } }
        }
    }
}
