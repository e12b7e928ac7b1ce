import OpenSSLCrypto
import Testing

/// The stock command and the library must agree about what is made here.
@Suite struct StockOpenSSLTests {
    let partner: TestPartner

    init() throws {
        partner = try TestPartner(host: "gbr.example", algorithm: .p384)
    }

    private func verify(_ leaf: Certificate, purpose: String, revoked: [Certificate] = []) throws
        -> StockOpenSSL.Outcome
    {
        let lists = try partner.revocationLists(revoked: revoked)
        return try StockOpenSSL.run(
            [
                "verify", "-x509_strict", "-crl_check_all", "-attime", String(TestPartner.now), "-purpose", purpose,
                "-no-CApath", "-no-CAstore", "-CAfile", "root.pem", "-untrusted", "intermediate.pem", "-CRLfile",
                "lists.pem", "leaf.pem",
            ],
            files: [
                "root.pem": partner.root.pem(), "intermediate.pem": partner.intermediate.pem(), "leaf.pem": leaf.pem(),
                "lists.pem": lists.flatMap { $0.pem() },
            ]
        )
    }

    @Test(arguments: ["sslclient", "sslserver"]) func `the command accepts the chain that we accept`(
        purpose: String
    ) throws {
        let outcome = try verify(partner.issueNode(algorithm: .p384), purpose: purpose)
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test func `the command refuses what we refuse`() throws {
        let node = try partner.issueNode()
        let revoked = try verify(node, purpose: "sslclient", revoked: [node])
        #expect(revoked.status != 0 && revoked.output.contains("certificate revoked"))
        let foreign = try verify(
            partner.issueNode { $0.uris = ["spiffe://fra.example/node/one"] },
            purpose: "sslclient"
        )
        #expect(foreign.status != 0 && foreign.output.contains("permitted subtree violation"), "\(foreign.output)")
    }

    @Test func `the command prints every extension as it was meant`() throws {
        let text = try StockOpenSSL.text(of: partner.issueNode())
        for fact in [
            "Version: 3 (0x2)", "Signature Algorithm: ecdsa-with-SHA384", "X509v3 Key Usage: critical",
            "Digital Signature", "URI:spiffe://gbr.example/node/one, DNS:one.gbr.example",
            "TLS Web Client Authentication, TLS Web Server Authentication", "X509v3 Basic Constraints: critical",
            "CA:FALSE", "X509v3 Authority Key Identifier",
        ] {
            #expect(text.contains(fact), "\(fact) in \(text)")
        }
        let root = try StockOpenSSL.text(of: partner.root)
        #expect(root.contains("CA:TRUE") && root.contains("Certificate Sign, CRL Sign"))
        #expect(root.contains("URI:gbr.example"))
        let intermediate = try StockOpenSSL.text(of: partner.intermediate)
        #expect(intermediate.contains("CA:TRUE, pathlen:0"))
    }

    @Test func `the command reads our revocation list`() throws {
        let node = try partner.issueNode()
        let list = try partner.revocationLists(revoked: [node])[1]
        let text = try StockOpenSSL.run(
            ["crl", "-in", "l.pem", "-noout", "-text", "-CAfile", "c.pem"],
            files: ["l.pem": list.pem(), "c.pem": partner.intermediate.pem()]
        ).output
        for fact in ["verify OK", "Version 2", node.serialNumber, "Key Compromise", "X509v3 CRL Number"] {
            #expect(text.contains(fact), "\(fact) in \(text)")
        }
    }

    @Test func `a certificate of the stock command is read, and a constraint of another kind counted`() throws {
        let outcome = try StockOpenSSL.run(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", "k.pem",
                "-subj", "/CN=stock", "-days", "30", "-addext",
                "nameConstraints=critical,permitted;URI:.gbr.example,permitted;DNS:gbr.example,excluded;URI:x.gbr.example",
            ],
            files: [:]
        )
        let pem = outcome.output.split(separator: "\n").drop { !$0.contains("BEGIN") }.joined(separator: "\n") + "\n"
        let certificate = try #require(Certificate.parse(pem: Array(pem.utf8)).first)
        #expect(certificate.subject == "CN=stock")
        #expect(certificate.nameConstraints?.permittedURIHosts == [".gbr.example"])
        #expect(certificate.nameConstraints?.excludedURIHosts == ["x.gbr.example"])
        #expect(certificate.nameConstraints?.otherCount == 1)
    }

    @Test(arguments: [
        ["-newkey", "rsa:2048"], ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"],
    ])
    func `a certificate with another key is refused`(key: [String]) throws {
        let outcome = try StockOpenSSL.run(
            ["req", "-x509"] + key + ["-noenc", "-keyout", "k.pem", "-subj", "/CN=other"],
            files: [:]
        )
        let pem =
            outcome.output.split(separator: "\n").drop { !$0.contains("BEGIN CERT") }.joined(separator: "\n") + "\n"
        let error = #expect(throws: OpenSSLError.self) { try Certificate.parse(pem: Array(pem.utf8)) }
        #expect(error?.description.contains("expected a P-256") == true)
    }
}
