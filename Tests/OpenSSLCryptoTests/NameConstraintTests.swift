import OpenSSLCrypto
import Testing

@Suite struct NameConstraintTests {
    static let now = TestPartner.now
    let partner: TestPartner

    init() throws {
        partner = try TestPartner(host: "gbr.example")
    }

    @Test(arguments: [
        "spiffe://fra.example/node/one", "spiffe://gbr.example.fra.example/node/one",
        "spiffe://node.gbr.example/node/one", "spiffe://fra.example/gbr.example/node/one", "spiffe:///node/one",
        "spiffe://xgbr.example/node/one", "urn:gbr.example:node:one", "spiffe://gbr.example@fra.example/node/one",
        "spiffe://fra.example?gbr.example", "spiffe://fra.example#gbr.example/",
    ])
    func `a root bound to one host cannot yield another`(uri: String) throws {
        let node = try partner.issueNode { $0.uris = [uri] }
        let verdict = try partner.verifier().verify(node, purpose: .tlsClient, at: Self.now)
        #expect(verdict.refusal?.code == .nameConstraint, "\(verdict)")
    }

    @Test func `one foreign URI beside a permitted one is refused`() throws {
        let node = try partner.issueNode { $0.uris.append("spiffe://fra.example/node/one") }
        #expect(try partner.verifier().verify(node, purpose: .any, at: Self.now).refusal?.code == .nameConstraint)
    }

    @Test func `the constraint binds through intermediates that lift it`() throws {
        let key = try PrivateKey.generate(.p256)
        var template = TestPartner.authority("lifted", key.publicKey, pathLength: 0)
        template.permittedURIHosts = ["fra.example"]
        let lifted = try partner.rootIssuer.issue(template)
        let node = try CertificateIssuer(certificate: lifted, key: key)
            .issue(partner.node(key.publicKey, host: "fra.example"))
        let verdict = try partner.verifier().verify(
            node,
            presentedChain: [lifted],
            purpose: .any,
            at: Self.now,
            checkRevocation: false
        )
        #expect(verdict.refusal?.code == .nameConstraint)
    }

    @Test func `the constraint is read back and critical`() throws {
        #expect(partner.root.nameConstraints?.permittedURIHosts == ["gbr.example"])
        #expect(partner.root.nameConstraints?.excludedURIHosts == [])
        #expect(partner.root.nameConstraints?.otherCount == 0)
        #expect(partner.intermediate.nameConstraints == nil)
        #expect(try StockOpenSSL.text(of: partner.root).contains("X509v3 Name Constraints: critical"))
    }

    @Test func `without a constraint any host passes`() throws {
        let free = try TestPartner(host: "gbr.example") { $0.permittedURIHosts = [] }
        let node = try free.issueNode { $0.uris = ["spiffe://fra.example/node/one"] }
        #expect(try free.verifier().verify(node, purpose: .tlsClient, at: Self.now).chain != nil)
    }
}
