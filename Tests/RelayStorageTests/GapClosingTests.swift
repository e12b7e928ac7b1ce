import CanonicalEncoding
import CoalitionDirectory
import Foundation
import GRDB
import Relaying
import Testing
import TransparencyLog

@testable import RelayStorage

/// Gaps that an operator closes, as nothing will come of them.
@Suite struct GapClosingTests {
    private let fixture: StoreFixture
    private let store: RelayStore
    private let origin: SPIFFEID

    init() async throws {
        fixture = try StoreFixture()
        let opened = try fixture.open()
        store = opened
        origin = try .node("fra")
        // Of the stream from FRA 1 to 3, 5 and 7 to 9 are missing, and raised apart from 9.
        let peer = origin
        _ = try await opened.writer.perform { transaction in
            let database = transaction.database
            let stream = try InboundStream.find(peer, in: database)
            try database.run("UPDATE inbound_streams SET highest = 9 WHERE stream = ?", stream.row)
            for range in [1...3, 5...5, 7...8, 9...9] as [ClosedRange<UInt64>] {
                var entry: Int64?
                if range != 9...9 {
                    entry = Int64(try Gap.raise(range, realm: .live, origin: peer, in: transaction))
                }
                try Gap.insert(range, of: stream.row, noticed: 0, openingEntry: entry, in: database)
            }
        }
    }

    private func close(_ numbers: ClosedRange<UInt64>, from other: SPIFFEID? = nil) async throws -> [UInt64] {
        try await store.closeGaps(
            numbers,
            from: other ?? origin,
            authority: "incident 26/14",
            reason: "given up by a hub",
            persons: [["uid": 1001]]
        )
    }

    private var open: [ClosedRange<UInt64>] {
        get async throws { try await store.streamStatus().gaps.filter(\.isOpen).map(\.numbers) }
    }

    @Test func `whole gaps are closed by an entry each that says by whose word, and the rest stays open`() async throws
    {
        let entries = try await close(5...8)
        #expect(entries.count == 2)
        #expect(try await open == [1...3])
        #expect(try await store.missingNumbers() == [origin: NumberRanges([1, 2, 3])])
        for (index, range) in zip(entries, [5...5, 7...8] as [ClosedRange<Int64>]) {
            let stored = try #require(try await store.entry(index: index))
            #expect(stored.entry.kind == .gap && stored.entry.outcome == .done && stored.entry.reasons == ["closed"])
            #expect(stored.entry.peer == origin)
            let details = try JSONValue.parse(try #require(stored.details).bytes)
            #expect(
                details["first"]?.integerValue == range.lowerBound && details["last"]?.integerValue == range.upperBound
            )
            #expect(details["authority"] == "incident 26/14" && details["reason"] == "given up by a hub")
            #expect(details["persons"] == [["uid": 1001]])
        }
        let closed = try await store.streamStatus().gaps.filter { $0.closed != nil }
        #expect(Set(closed.map(\.ended)) == ["closed"])
        #expect(try await close(1...3).count == 1)
        #expect(try await store.verifyLog().findings == [])
        try store.close()
        let again = try fixture.open()
        #expect(try await again.missingNumbers() == [:])
        try again.close()
    }

    @Test func `what is no open gap, or a part of one, is refused and leaves no entry`() async throws {
        let size = try await store.checkpoint().checkpoint.head.size
        for (numbers, words) in [
            (4...4, "of the numbers 4 of the stream from `\(origin)` none is an open gap"),
            (9...9, "of the numbers 9 of the stream"), (20...30, "of the numbers 20-30 of the stream"),
            (1...2, "expected whole gaps, got 1-2, which is part of the gap 1-3"),
            (2...6, "expected whole gaps, got 2-6, which is part of the gap 1-3"),
        ] as [(ClosedRange<UInt64>, String)] {
            let error = try await #require(throws: StoreError.self) { try await close(numbers) }
            #expect("\(error)".contains(words), "\(error)")
        }
        await #expect(throws: StoreError.self) { try await close(1...9, from: .node("deu")) }
        #expect(try await store.checkpoint().checkpoint.head.size == size)
        #expect(try await open.count == 3)
        // Closed is closed.
        _ = try await close(5...5)
        await #expect(throws: StoreError.self) { try await close(5...5) }
    }
}
