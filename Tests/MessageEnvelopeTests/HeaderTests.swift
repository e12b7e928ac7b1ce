import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import SecurityLabels
import Testing

@testable import MessageEnvelope

@Suite struct HeaderTests {
    /// A header with everything in it, as another implementation would write it.
    static let full = """
        {"body":{"digest":"\(String(repeating: "b1", count: 32))","size":1234},\
        "commitment":"\(String(repeating: "c0", count: 32))",\
        "date-time":"2026-11-22T14:30:00.123Z","expires":"2026-11-29T14:30:00.123Z",\
        "id":"01a203a9-f6bb-7abc-8def-0123456789ab",\
        "label":{"caveats":["EYES ONLY","ORCON"],"classification":"SECRET","community":"MARITIME",\
        "compartments":["SI","TK"],"owner":"GBR","policy":"EXAMPLE COALITION","releasable-to":["DEU","FRA"],\
        "type":"SITREP"},\
        "originator":"GBR/j2-fusion","precedence":"FLASH","realm":"live",\
        "recipients":["DEU/lage","FRA/cni"],\
        "references":{"recalls":"01a203a9-f6bb-7000-8000-000000000001",\
        "reply-to":"01a203a9-f6bb-7000-8000-000000000002","supersedes":"01a203a9-f6bb-7000-8000-000000000003"},\
        "version":1}
        """

    /// The least that a header must say.
    static let least = """
        {"body":{"digest":"\(String(repeating: "b1", count: 32))","size":1},\
        "commitment":"\(String(repeating: "c0", count: 32))",\
        "date-time":"2026-11-22T14:30:00.123Z","expires":"2026-11-22T14:30:00.124Z",\
        "id":"01a203a9-f6bb-7abc-8def-0123456789ab",\
        "label":{"classification":"OFFICIAL","owner":"GBR","policy":"EXAMPLE COALITION"},\
        "originator":"GBR/j2-fusion","precedence":"ROUTINE","realm":"northern-wall",\
        "recipients":["GBR/j2-fusion"],"version":1}
        """

    static func parse(_ text: String) throws(EnvelopeError) -> MessageHeader {
        try MessageHeader(canonicalBytes: Array(text.utf8))
    }

    @Test(arguments: [full, least])
    func `a header comes back byte by byte`(text: String) throws {
        let header = try Self.parse(text)
        #expect(String(decoding: header.canonicalBytes, as: UTF8.self) == text)
        #expect(try MessageHeader(canonicalBytes: header.canonicalBytes) == header)
    }

    @Test func `every field of a header is read`() throws {
        let header = try Self.parse(Self.full)
        #expect(header.id.description == "01a203a9-f6bb-7abc-8def-0123456789ab")
        #expect(header.originator.description == "GBR/j2-fusion")
        #expect(header.recipients.map(\.description) == ["DEU/lage", "FRA/cni"])
        #expect(header.label.marking == "GBR SECRET//SI/TK//EYES ONLY/ORCON//REL TO DEU, FRA//MARITIME//SITREP")
        #expect(header.label.policy.rawValue == "EXAMPLE COALITION")
        #expect(header.precedence == .flash)
        #expect(header.realm == .live)
        #expect(header.dateTime.rfc3339 == "2026-11-22T14:30:00.123Z")
        #expect(header.expires.rfc3339 == "2026-11-29T14:30:00.123Z")
        #expect(header.references.recalls?.description == "01a203a9-f6bb-7000-8000-000000000001")
        #expect(header.references.replyTo?.description == "01a203a9-f6bb-7000-8000-000000000002")
        #expect(header.references.supersedes?.description == "01a203a9-f6bb-7000-8000-000000000003")
        #expect(header.body.size == 1234)
        #expect(header.body.digest.hex == String(repeating: "b1", count: 32))
        #expect(header.commitment.hex == String(repeating: "c0", count: 32))
        let least = try Self.parse(Self.least)
        #expect(least.references == MessageReferences())
        #expect(least.label.releasableTo == nil)
        #expect(least.realm.rawValue == "northern-wall")
    }

    @Test func `the binding is the digest of the members that it names`() throws {
        let header = try Self.parse(Self.full)
        let bound = """
            {"id":"01a203a9-f6bb-7abc-8def-0123456789ab",\
            "label":{"caveats":["EYES ONLY","ORCON"],"classification":"SECRET","community":"MARITIME",\
            "compartments":["SI","TK"],"owner":"GBR","policy":"EXAMPLE COALITION","releasable-to":["DEU","FRA"],\
            "type":"SITREP"},\
            "originator":"GBR/j2-fusion","realm":"live",\
            "recipients":["DEU/lage","FRA/cni"],\
            "references":{"recalls":"01a203a9-f6bb-7000-8000-000000000001",\
            "reply-to":"01a203a9-f6bb-7000-8000-000000000002","supersedes":"01a203a9-f6bb-7000-8000-000000000003"},\
            "version":1}
            """
        #expect(header.binding == .hash(Array(bound.utf8)))
    }

    @Test func `recipients are ordered by partner and then by mailbox`() throws {
        // As text `GBR-2/a` would come before `GBR/a`.
        let header = try Self.parse(Self.least.replacing(#"["GBR/j2-fusion"]"#, with: #"["GBR/a","GBR/b","GBR-2/a"]"#))
        #expect(header.recipients.count == 3)
    }

    @Test func `256 recipients are the most`() throws {
        func header(_ count: Int) throws -> MessageHeader {
            let names = (1000..<1000 + count).map { #""GBR/box-\#($0)""# }.joined(separator: ",")
            return try Self.parse(Self.least.replacing(#"["GBR/j2-fusion"]"#, with: "[\(names)]"))
        }
        #expect(try header(256).recipients.count == 256)
        expectRefusal(.malformedHeader) { try header(257) }
    }

    @Test func `a life of thirty days is the longest`() throws {
        func header(expires: String) throws -> MessageHeader {
            try Self.parse(Self.least.replacing("2026-11-22T14:30:00.124Z", with: expires))
        }
        #expect(try header(expires: "2026-12-22T14:30:00.123Z").expires.rfc3339 == "2026-12-22T14:30:00.123Z")
        for expires in [
            "2026-12-22T14:30:00.124Z", "9999-12-31T23:59:59.999Z", "2026-11-22T14:30:00.123Z",
            "2026-11-22T14:30:00.122Z", "0000-01-01T00:00:00.000Z",
        ] {
            expectRefusal(.invalidTime) { try header(expires: expires) }
        }
    }
}
