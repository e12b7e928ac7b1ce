import CoalitionDirectory
import Testing

@Suite struct `Identifiers` {
    @Test(arguments: ["GBR", "UN", "ACME", "NATO-SHAPE", "A1", "ABCDEFGHIJKL"])
    func `a partner code of capitals, digits and hyphens reads as itself`(text: String) throws {
        #expect(try PartnerCode(text).description == text)
    }

    @Test(arguments: ["", "G", "ABCDEFGHIJKLM", "gbr", "1AB", "-AB", "G R", "GB\u{0}", "ГБР", "GBR\n"])
    func `a partner code in any other spelling is refused`(text: String) {
        #expect(throws: IdentifierError.self) { try PartnerCode(text) }
    }

    @Test(arguments: ["gbr.example", "x.gbr.example", "a-b.c1", "3com.example"])
    func `a trust domain is a fully qualified name in lower case`(text: String) throws {
        #expect(try TrustDomain(text).rawValue == text)
    }

    @Test(arguments: [
        "", "gbr", "GBR.example", "gbr.example.", ".gbr.example", "gbr..example", "-gbr.example", "gbr-.example",
        "gbr_x.example", "127.0.0.1", "gbr.example/x", "gbr.example:80", "gbr.exämple",
        String(repeating: "a", count: 64) + ".example", String(repeating: "a.", count: 126) + "bcd",
    ])
    func `a trust domain in any other spelling is refused`(text: String) {
        #expect(throws: IdentifierError.self) { try TrustDomain(text) }
    }

    @Test(arguments: ["gbr-1", "a", "0", String(repeating: "a", count: 63)])
    func `a name is a DNS label in lower case`(text: String) throws {
        #expect(try NodeName(text).rawValue == text)
        #expect(try MailboxName(text).rawValue == text)
        #expect(try PersonName(text).rawValue == text)
        #expect(try ExerciseName(text).rawValue == text)
    }

    @Test(arguments: ["", "-a", "a-", "A", "a.b", "a/b", "a_b", "a b", "..", String(repeating: "a", count: 64), "é"])
    func `a name in any other spelling is refused`(text: String) {
        #expect(throws: IdentifierError.self) { try NodeName(text) }
        #expect(throws: IdentifierError.self) { try MailboxName(text) }
        #expect(throws: IdentifierError.self) { try PersonName(text) }
        #expect(throws: IdentifierError.self) { try ExerciseName(text) }
    }

    @Test func `no exercise can be called live`() throws {
        #expect(throws: IdentifierError.self) { try ExerciseName("live") }
        #expect(try Realm("live") == .live)
        #expect(try Realm("winter-26") == .exercise(ExerciseName("winter-26")))
        #expect(try Realm("winter-26").rawValue == "winter-26")
    }

    @Test(arguments: [
        "spiffe://gbr.example/node/gbr-1", "spiffe://gbr.example/mailbox/j2-fusion",
        "spiffe://gbr.example/officer/registrar", "spiffe://gbr.example/operator/watch-1",
    ])
    func `a SPIFFE ID prints as it was read`(text: String) throws {
        #expect(try SPIFFEID(text).description == text)
    }

    @Test(arguments: [
        "", "spiffe://", "spiffe://gbr.example", "spiffe://gbr.example/", "spiffe://gbr.example/node",
        "spiffe://gbr.example/node/", "spiffe://gbr.example/node/gbr-1/", "spiffe://gbr.example/node/gbr-1/x",
        "spiffe://gbr.example//gbr-1", "SPIFFE://gbr.example/node/gbr-1", "spiffe://GBR.example/node/gbr-1",
        "spiffe://gbr.example/Node/gbr-1", "spiffe://gbr.example/relay/gbr-1", "spiffe://gbr.example/node/GBR-1",
        "spiffe://gbr.example:443/node/gbr-1", "spiffe://u@gbr.example/node/gbr-1",
        "spiffe://gbr.example/node/gbr-1?x", "spiffe://gbr.example/node/gbr-1#x", "spiffe://gbr.example/node/gbr%2d1",
        "spiffe://gbr.example/node/..", "https://gbr.example/node/gbr-1", " spiffe://gbr.example/node/gbr-1",
        "spiffe://gbr.example/node/gbr-1\u{0}", "spiffe:///node/gbr-1",
    ])
    func `a SPIFFE ID in any other spelling is refused`(text: String) {
        #expect(throws: IdentifierError.self) { try SPIFFEID(text) }
    }

    @Test func `a SPIFFE ID gives the name of its own kind only`() throws {
        let node = try SPIFFEID("spiffe://gbr.example/node/gbr-1")
        #expect(node.node?.rawValue == "gbr-1")
        #expect(node.mailbox == nil)
        #expect(try SPIFFEID(node: NodeName("gbr-1"), in: TrustDomain("gbr.example")) == node)
    }

    @Test func `a mailbox address prints as it was read`() throws {
        let address = try MailboxAddress("GBR/j2-fusion")
        #expect(address.partner.rawValue == "GBR")
        #expect(address.mailbox.rawValue == "j2-fusion")
        #expect(address.description == "GBR/j2-fusion")
    }

    @Test(arguments: ["", "GBR", "GBR/", "/j2", "GBR/j2/x", "gbr/j2", "GBR/J2", "GBR j2", "GBR/j2 "])
    func `a mailbox address in any other spelling is refused`(text: String) {
        #expect(throws: IdentifierError.self) { try MailboxAddress(text) }
    }

    @Test(arguments: ["127.0.0.1:8441", "relay.gbr.example:1", "[2001:db8::1]:65535", "localhost:8441"])
    func `an endpoint prints as it was read`(text: String) throws {
        #expect(try Endpoint(text).description == text)
    }

    @Test(arguments: [
        "", "localhost", "localhost:", "localhost:0", "localhost:65536", "localhost:08441", "localhost:+1", ":8441",
        "2001:db8::1:8441", "[]:1", "[x]:1", "a b:1", "LOCALHOST:1", "http://a:1", "a..b:1",
    ])
    func `an endpoint in any other spelling is refused`(text: String) {
        #expect(throws: IdentifierError.self) { try Endpoint(text) }
    }

    @Test func `a refusal names what was expected and shows hostile input escaped and cut short`() {
        let hostile = "\u{1B}[31m`" + String(repeating: "x", count: 500)
        let error = #expect(throws: IdentifierError.self) { try PartnerCode(hostile) }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("partner code `\\u{1b}[31m\\u{60}xx"))
        #expect(text.hasSuffix("...`: expected 2 to 12 characters, got 506"))
    }
}
