import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct `Partner sheets` {
    let gbr: PartnerFixture
    let json: JSONValue

    init() throws {
        gbr = try SharedCoalition.get().partner("GBR")
        json = try gbr.draft().sheet().json
    }

    private func refusal(_ bytes: [UInt8]) -> SheetError? {
        do {
            _ = try PartnerSheet(canonicalJSON: bytes)
            return nil
        } catch {
            return error
        }
    }

    private func refusal(editing edit: (inout [String: JSONValue]) throws -> Void) throws -> SheetError? {
        var members = try #require(json.objectValue)
        try edit(&members)
        return refusal(JSONValue.object(members).canonicalBytes)
    }

    @Test func `a sheet reads as it was written`() throws {
        let sheet = try gbr.draft().sheet()
        let read = try PartnerSheet(canonicalJSON: sheet.canonicalBytes)
        #expect(read.canonicalBytes == sheet.canonicalBytes)
        #expect(read.mailboxes == sheet.mailboxes)
        #expect(read.nodes == sheet.nodes)
        #expect(read.mailboxes.map(\.name.rawValue) == ["j2-fusion", "maritime-desk"])
    }

    @Test func `every member is required, and no other is known`() throws {
        for member in try #require(json.objectValue).keys {
            #expect(try refusal { $0[member] = nil } != nil, "\(member)")
        }
        #expect(try refusal { $0["comment"] = "x" }?.description == "sheet-malformed: sheet: unknown member `comment`")
    }

    @Test(arguments: Self.wrongMembers)
    func `a member with another value is refused`(member: String, value: JSONValue) throws {
        #expect(try refusal { $0[member] = value }?.code == .malformed)
    }

    private static let wrongMembers: [(String, JSONValue)] = [
        ("format", 2), ("format", "1"), ("code", "gbr"), ("code", 1), ("name", ""),
        ("name", "x\u{202E}y"), ("kind", "empire"), ("realm", "LIVE"), ("trust-domain", "gbr"), ("version", 0),
        ("version", -1), ("version", 2), ("previous", "00"), ("issued-at", "2026-11-22T12:00:00Z"),
        ("next-update", "2020-01-01T00:00:00.000Z"), ("roots", []), ("roots", ["AAAA"]), ("roots", "x"),
        ("intermediates", [["role": "nodes"]]), ("nodes", [[:]]), ("revocation-lists", ["!"]),
        ("previous", "0000000000000000000000000000000000000000000000000000000000000000"), ("nodes", []),
    ]

    @Test func `another spelling of the same sheet is refused`() throws {
        let bytes = json.canonicalBytes
        #expect(refusal(bytes) == nil)
        #expect(refusal(bytes + [0x0A])?.code == .malformed)
        #expect(refusal(Array(json.indentedText.utf8))?.code == .malformed)
        #expect(
            try refusal {
                $0["mailboxes"] = .array(try #require($0["mailboxes"]?.arrayValue).reversed())
            }?.code == .malformed
        )
        for length in stride(from: 0, to: bytes.count, by: 97) {
            #expect(refusal(Array(bytes.prefix(length)))?.code == .malformed)
        }
    }

    @Test func `a name stands in a sheet once, and a mailbox at a node of the sheet`() throws {
        #expect(throws: SheetError.self) {
            var draft = try gbr.draft()
            draft.mailboxes.append(draft.mailboxes[0])
            return try draft.sheet()
        }
        #expect(throws: SheetError.self) {
            var draft = try gbr.draft()
            draft.nodes = []
            return try draft.sheet()
        }
    }

    @Test func `a node's log has the node's origin`() throws {
        var draft = try gbr.draft()
        let node = draft.nodes[0]
        let key = try gbr.node("gbr-1").logKey.publicKey
        draft.nodes[0] = .init(
            name: node.name,
            endpoint: node.endpoint,
            log: try LogVerifierKey(origin: "gbr.example/node/gbr-2", publicKey: key)
        )
        let error = #expect(throws: SheetError.self) { try draft.sheet() }
        #expect(
            error?.detail
                == "node `gbr-1`: expected log origin `gbr.example/node/gbr-1`, got `gbr.example/node/gbr-2`"
        )
    }
}

@Suite struct `Log verifier keys` {
    @Test func `a key reads as it was written`() throws {
        let key = try PrivateKey.generate(.ed25519).publicKey
        let made = try LogVerifierKey(origin: "gbr.example/node/gbr-1", publicKey: key)
        let read = try LogVerifierKey(made.text)
        #expect(read == made)
        #expect(read.origin == "gbr.example/node/gbr-1")
        #expect(read.publicKey == key.rawEd25519)
    }

    // The example in the documentation of Go's golang.org/x/mod/sumdb/note.
    @Test func `the key of Go's documentation is read`() throws {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        #expect(try LogVerifierKey(text).origin == "PeterNeumann")
    }

    @Test(arguments: [
        "", "PeterNeumann", "PeterNeumann+c74f20a3", "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
    ])
    func `any other text is refused`(text: String) {
        #expect(throws: IdentifierError.self) { try LogVerifierKey(text) }
    }

    @Test func `a log signs with Ed25519`() throws {
        let key = try PrivateKey.generate(.p256).publicKey
        #expect(throws: IdentifierError.self) { try LogVerifierKey(origin: "x", publicKey: key) }
    }
}
