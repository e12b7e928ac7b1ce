import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import Testing
import TransparencyLog

@testable import Relaying

@Suite struct AuditEntryTests {
    private static let digest = String(repeating: "d1", count: 32)

    /// A release entry with everything in it, as another implementation would write it.
    static let full = """
        {"destination":"spiffe://deu.example/node/deu-1","details":"\(digest)","digest":"\(digest)",\
        "directory":"\(digest)","envelope":"\(digest)","index":17,"kind":"release",\
        "log":"gbr.example/node/gbr-1","message":"01a203a9-f6bb-7abc-8def-0123456789ab",\
        "next-hop":"spiffe://fra.example/node/fra-hub","nonce":"\(digest)","object":"message","outcome":"allowed",\
        "peer":"spiffe://gbr.example/mailbox/j2-fusion","policy":"\(digest)","realm":"live",\
        "reasons":["one","two"],"sequence":3,"time":"2026-11-22T14:30:00.123Z","version":1}
        """
    private static let least = """
        {"details":"\(digest)","index":0,"kind":"start","log":"gbr.example/node/gbr-1","nonce":"\(digest)",\
        "outcome":"done","realm":"northern-wall","time":"2026-11-22T14:30:00.123Z","version":1}
        """

    private func entry(_ edit: (inout [String: JSONValue]) -> Void) throws -> AuditEntry {
        var members = try #require(JSONValue.parse(Array(Self.full.utf8)).objectValue)
        edit(&members)
        return try AuditEntry(canonicalBytes: JSONValue.object(members).canonicalBytes)
    }

    @Test(arguments: [full, least])
    func `an entry comes back byte by byte`(text: String) throws {
        let entry = try AuditEntry(canonicalBytes: Array(text.utf8))
        #expect(String(decoding: entry.canonicalBytes, as: UTF8.self) == text)
    }

    @Test func `every field is read`() throws {
        let entry = try AuditEntry(canonicalBytes: Array(Self.full.utf8))
        #expect(entry.log.rawValue == "gbr.example/node/gbr-1")
        #expect(entry.index == 17)
        #expect(entry.time.rfc3339 == "2026-11-22T14:30:00.123Z")
        #expect(entry.nonce == [UInt8](repeating: 0xD1, count: 32))
        #expect(entry.kind == .release)
        #expect(entry.outcome == .allowed)
        #expect(entry.realm == .live)
        #expect(entry.peer?.description == "spiffe://gbr.example/mailbox/j2-fusion")
        #expect(entry.message?.description == "01a203a9-f6bb-7abc-8def-0123456789ab")
        #expect(entry.object == .message)
        #expect(entry.destination?.description == "spiffe://deu.example/node/deu-1")
        #expect(entry.nextHop?.description == "spiffe://fra.example/node/fra-hub")
        #expect(entry.sequence == 3)
        #expect(entry.reasons == ["one", "two"])
        for digest in [entry.digest, entry.envelope, entry.policy, entry.directory, entry.details] {
            #expect(digest?.hex == Self.digest)
        }
    }

    @Test func `an entry of every kind, outcome and object round trips`() throws {
        for kind in AuditEntryKind.allCases {
            for outcome in AuditOutcome.allCases {
                #expect(
                    try entry {
                        $0["kind"] = .string(kind.rawValue)
                        $0["outcome"] = .string(outcome.rawValue)
                    }.kind == kind
                )
            }
        }
        for object in TransferObjectKind.allCases {
            #expect(try entry { $0["object"] = .string(object.rawValue) }.object == object)
        }
    }

    @Test(arguments: ["details", "index", "kind", "log", "nonce", "outcome", "realm", "time", "version"])
    func `an entry without a field that it must have is refused`(name: String) {
        #expect(throws: AuditEntryError.self) { try entry { $0[name] = nil } }
    }

    @Test(
        arguments: [
            "destination", "details", "digest", "directory", "envelope", "index", "kind", "log", "message", "next-hop",
            "nonce", "object", "outcome", "peer", "policy", "realm", "reasons", "sequence", "time", "version",
        ]
    )
    func `a field of another kind or of nonsense is refused`(name: String) {
        for value: JSONValue in [
            .null, .bool(true), .integer(-1), "non sense\n", .array([]), .array([1]), .object([:]),
        ] {
            #expect(throws: AuditEntryError.self, "\(value)") { try entry { $0[name] = value } }
        }
    }

    @Test func `unknown fields and other versions are refused`() {
        #expect(throws: AuditEntryError.self) { try entry { $0["note"] = "x" } }
        #expect(throws: AuditEntryError.self) { try entry { $0["version"] = 2 } }
        #expect(throws: AuditEntryError.self) { try entry { $0["version"] = 0 } }
    }

    @Test func `only the canonical spelling counts, and every truncation is refused`() {
        let bytes = Array(Self.full.utf8)
        for count in bytes.indices {
            #expect(throws: AuditEntryError.self) { try AuditEntry(canonicalBytes: Array(bytes[..<count])) }
        }
        for other in [bytes + [0x0A], [0x20] + bytes, bytes + bytes] {
            #expect(throws: AuditEntryError.self) { try AuditEntry(canonicalBytes: other) }
        }
        let twice = Self.full.replacing(#""index":17"#, with: #""index":16,"index":17"#)
        #expect(throws: AuditEntryError.self) { try AuditEntry(canonicalBytes: Array(twice.utf8)) }
    }

    @Test func `an entry beyond 16 KiB is refused`() {
        let reasons = JSONValue.array((0..<1200).map { .string("reason-number-\($0)") })
        #expect(throws: AuditEntryError.self) { try entry { $0["reasons"] = reasons } }
    }

    @Test func `details are committed to by salt and bytes`() {
        let json: JSONValue = ["label": "GBR SECRET", "originator": "GBR/j2-fusion"]
        let salt = [UInt8](repeating: 7, count: 32)
        let details = AuditDetails(salt: salt, json: json)
        #expect(details.bytes == Array(#"{"label":"GBR SECRET","originator":"GBR/j2-fusion"}"#.utf8))
        #expect(details.commitment == .hash(salt + details.bytes))
        var otherSalt = salt
        otherSalt[31] ^= 1
        #expect(AuditDetails(salt: otherSalt, bytes: details.bytes).commitment != details.commitment)
        #expect(AuditDetails(salt: salt, bytes: details.bytes + [0]).commitment != details.commitment)
    }
}
