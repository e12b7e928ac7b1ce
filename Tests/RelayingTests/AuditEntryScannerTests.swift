import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import Testing
import TransparencyLog

@testable import Relaying

@Suite struct AuditEntryScannerTests {
    private static func entry(_ number: Int) throws -> AuditEntry {
        var draft = AuditEntryDraft(
            AuditEntryKind.allCases[number % AuditEntryKind.allCases.count],
            AuditOutcome.allCases[number % AuditOutcome.allCases.count],
            realm: .live
        )
        if number & 1 != 0 { draft.peer = try SPIFFEID("spiffe://gbr.example/mailbox/j\(number)") }
        if number & 2 != 0 {
            draft.message = MessageID(
                time: Timestamp(millisecondsSinceEpoch: 1_795_348_800_000 + Int64(number)),
                randomness: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 10)
            )
            draft.object = TransferObjectKind.allCases[number % 3]
            draft.digest = .hash([UInt8(truncatingIfNeeded: number)])
            draft.envelope = .hash([2])
        }
        if number & 4 != 0 {
            draft.destination = try SPIFFEID("spiffe://fra.example/node/fra-1")
            draft.nextHop = try SPIFFEID("spiffe://deu.example/node/deu-1")
        }
        if number & 8 != 0 { draft.reasons = number & 16 != 0 ? ["noforn", "ceiling"] : ["expired"] }
        if number & 16 != 0 { draft.policy = .hash([3, UInt8(truncatingIfNeeded: number)]) }
        if number & 32 != 0 { draft.directory = .hash([4]) }
        return AuditEntry(
            draft,
            log: try LogOrigin("gbr.example/node/gbr-1"),
            index: UInt64(number) * 1_000_003,
            time: Timestamp(millisecondsSinceEpoch: 1_795_348_800_000 + Int64(number) * 977),
            nonce: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32),
            sequence: number & 64 != 0 ? UInt64(number) : nil,
            details: .hash([5, UInt8(truncatingIfNeeded: number)])
        )
    }

    /// Says what the scanner reads; nil for what it leaves to the full reader.
    private static func scan(_ bytes: [UInt8], _ scanner: inout AuditEntryScanner) -> [String]? {
        bytes.withUnsafeBytes { buffer in
            guard let spans = scanner.scan(buffer) else { return nil }
            func text(_ span: UnsafeRawBufferPointer?) -> String {
                span.map { String(decoding: $0, as: UTF8.self) } ?? "none"
            }
            return [
                "\(spans.index)", spans.kind.rawValue, text(spans.kindText), spans.outcome.rawValue,
                text(spans.outcomeText), "\(spans.time)", text(spans.log), text(spans.peer), text(spans.destination),
                text(spans.reasons), "\(spans.sequence ?? 0)", spans.details?.hex ?? "none",
                spans.policy?.hex ?? "none",
                spans.message.map { "\($0.0) \($0.1)" } ?? "none",
            ]
        }
    }

    private static func expected(_ entry: AuditEntry) -> [String] {
        let words = entry.message.map { message in
            let bytes = message.bytes
            let (high, low) = (bytes[..<8], bytes[8...])
            return
                "\(high.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }) \(low.reduce(0 as UInt64) { $0 << 8 | UInt64($1) })"
        }
        let reasons = JSONValue.array(entry.reasons.map { .string($0) }).canonicalText
        return [
            "\(entry.index)", entry.kind.rawValue, entry.kind.rawValue, entry.outcome.rawValue, entry.outcome.rawValue,
            "\(entry.time)", entry.log.rawValue, entry.peer?.description ?? "none",
            entry.destination?.description ?? "none", entry.reasons.isEmpty ? "none" : reasons,
            "\(entry.sequence ?? 0)", entry.details.hex, entry.policy?.hex ?? "none", words ?? "none",
        ]
    }

    @Test func `every entry of the usual form is read, and read as in full`() throws {
        var scanner = AuditEntryScanner()
        for number in 0..<512 {
            let entry = try Self.entry(number)
            #expect(entry.canonicalBytes == entry.json.canonicalBytes)
            #expect(Self.scan(entry.canonicalBytes, &scanner) == Self.expected(entry))
        }
    }

    @Test func `what is read is an entry to the full reader too, whatever byte was changed, put in or left out`() throws
    {
        var scanner = AuditEntryScanner()
        let bytes = try Self.entry(127).canonicalBytes
        var generator = SystemRandomNumberGenerator()
        var read = 0
        for place in bytes.indices {
            for replacement in Array("0aZ\"\\,:{}[]-é\u{1}".utf8) + [UInt8.random(in: 0...255, using: &generator)] {
                var changed = bytes
                changed[place] = replacement
                var longer = bytes
                longer.insert(replacement, at: place)
                var shorter = bytes
                shorter.remove(at: place)
                for candidate in [changed, longer, shorter] {
                    guard let found = Self.scan(candidate, &scanner) else { continue }
                    read += 1
                    #expect(try found == Self.expected(AuditEntry(canonicalBytes: candidate)))
                }
            }
        }
        #expect(read > 500, "nearly nothing was read: \(read)")
    }

    @Test func `what is read is an entry to the full reader too, however two entries were cut and put together`() throws
    {
        var scanner = AuditEntryScanner()
        var generator = SystemRandomNumberGenerator()
        var read = 0
        for _ in 0..<40_000 {
            var bytes = try Self.entry(.random(in: 0..<512, using: &generator)).canonicalBytes
            let other = try Self.entry(.random(in: 0..<512, using: &generator)).canonicalBytes
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                let start = Int.random(in: 0...min(bytes.count, other.count), using: &generator)
                let length = Int.random(in: 0...min(80, bytes.count - start, other.count - start), using: &generator)
                let shift = Int.random(in: -min(8, start)...min(8, other.count - start - length), using: &generator)
                bytes.replaceSubrange(start..<start + length, with: other[start + shift..<start + shift + length])
            }
            guard let found = Self.scan(bytes, &scanner) else { continue }
            read += 1
            #expect(try found == Self.expected(AuditEntry(canonicalBytes: bytes)))
        }
        #expect(read > 10_000, "nearly nothing was read: \(read)")
    }

    @Test(arguments: [
        ("spiffe://fra.example/node/fra-1", "spiffe://fra.exAmple/node/fra-1"),
        (SHA256Digest.hash([4]).hex, SHA256Digest.hash([4]).hex.replacing("a", with: "A", maxReplacements: 3)),
        (SHA256Digest.hash([3, 127]).hex, String(repeating: "g", count: 64)),
        ("\"live\"", "\"lIve\""),
    ])
    func `a text that was accepted vouches for no other one, however alike`(known: String, other: String) throws {
        var scanner = AuditEntryScanner()
        let bytes = try Self.entry(127).canonicalBytes
        let changed = Array(String(decoding: bytes, as: UTF8.self).replacing(known, with: other).utf8)
        try #require(changed != bytes)
        for _ in 0..<2 {
            #expect(Self.scan(bytes, &scanner) != nil)
            #expect(Self.scan(changed, &scanner) == nil)
        }
    }

    @Test func `more identities than are kept are read all the same`() throws {
        var scanner = AuditEntryScanner()
        for number in 0..<1_000 {
            let entry = try Self.entry(127 + 128 * (number % 100))
            #expect(Self.scan(entry.canonicalBytes, &scanner) == Self.expected(entry))
        }
    }

    @Test func `the first byte that does not stand for itself is found wherever it is`() {
        var generator = SystemRandomNumberGenerator()
        for round in 0..<200_000 {
            var bytes = (0..<8).map { _ in UInt8.random(in: 0x20..<0x7f, using: &generator) }
            for place in 0..<8 where round >> place & 1 != 0 { bytes[place] = .random(in: 0...255, using: &generator) }
            if round < 2048 { bytes = bytes.indices.map { $0 == round % 8 ? UInt8(round / 8) : bytes[$0] } }
            let ends = PlainText.ends(in: bytes.withUnsafeBytes { $0.word(at: 0) })
            let found = ends == 0 ? nil : ends.trailingZeroBitCount / 8
            #expect(found == bytes.firstIndex { !PlainText.contains($0) })
        }
    }

    @Test(arguments: [
        "the policy rule \"quoted\"", "Überschrift", "tab\there",
    ])
    func `what needs an escape or is beyond ASCII is left to the full reader`(reason: String) throws {
        var draft = AuditEntryDraft(.denial, .denied, realm: .live)
        draft.reasons = [reason]
        let entry = AuditEntry(
            draft,
            log: try LogOrigin("gbr.example/node/gbr-1"),
            index: 1,
            time: Timestamp(millisecondsSinceEpoch: 1_795_348_800_000),
            nonce: [UInt8](repeating: 1, count: 32),
            sequence: nil,
            details: .hash([])
        )
        var scanner = AuditEntryScanner()
        #expect(entry.canonicalBytes == entry.json.canonicalBytes)
        #expect(Self.scan(entry.canonicalBytes, &scanner) == nil)
        #expect(try AuditEntry(canonicalBytes: entry.canonicalBytes) == entry)
    }
}
