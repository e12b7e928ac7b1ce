import Testing

@testable import OpenSSLCrypto

@Suite struct CertificateTests {
    let partner: TestPartner

    init() throws {
        partner = try TestPartner(host: "gbr.example")
    }

    @Test func `a certificate says what its template said`() throws {
        let key = try PrivateKey.generate(.p384)
        let certificate = try partner.issuer.issue(
            CertificateTemplate(
                commonName: "Über, Knoten",
                organization: "Partner + 1",
                publicKey: key.publicKey,
                serialNumber: [0x00, 0xab, 0x01],
                notBefore: TestPartner.now,
                notAfter: 4_102_444_800,
                keyUsage: [.digitalSignature, .keyAgreement, .decipherOnly],
                extendedKeyUsage: [.emailProtection],
                uris: ["spiffe://gbr.example/node/one", "https://gbr.example/"],
                dnsNames: ["one.gbr.example", "two.gbr.example"]
            )
        )
        #expect(certificate.subject == #"CN=\C3\9Cber\, Knoten,O=Partner \+ 1"#)
        #expect(certificate.issuer == partner.intermediate.subject)
        #expect(certificate.serialNumber == "AB01")
        #expect(certificate.notBefore == TestPartner.now)
        // 2100-01-01, which is GeneralizedTime.
        #expect(certificate.notAfter == 4_102_444_800)
        #expect(certificate.publicKey == key.publicKey)
        #expect(certificate.uris == ["spiffe://gbr.example/node/one", "https://gbr.example/"])
        #expect(certificate.dnsNames == ["one.gbr.example", "two.gbr.example"])
        #expect(certificate.keyUsage == [.digitalSignature, .keyAgreement, .decipherOnly])
        #expect(certificate.extendedKeyUsage == [.emailProtection])
        #expect(certificate.subjectKeyIdentifier == key.publicKey.keyIdentifier)
        #expect(certificate.authorityKeyIdentifier == partner.intermediate.publicKey.keyIdentifier)
        #expect(!certificate.isCertificateAuthority)
        #expect(certificate.pathLength == nil)
        #expect(!certificate.isSelfIssued)
        #expect(partner.intermediate.isCertificateAuthority && partner.intermediate.pathLength == 0)
        #expect(partner.root.isSelfIssued && partner.root.pathLength == nil)
        #expect(partner.root.keyUsage == [.keyCertSign, .crlSign])
        #expect(partner.root.extendedKeyUsage == nil)
    }

    @Test func `DER and PEM round trip`() throws {
        let node = try partner.issueNode()
        #expect(try Certificate(der: node.der) == node)
        #expect(node.fingerprint == .hash(node.der))
        let bundle = node.pem() + Array("some text\n".utf8) + partner.intermediate.pem() + partner.root.pem()
        #expect(try Certificate.parse(pem: bundle) == [node, partner.intermediate, partner.root])
        #expect(
            try StockOpenSSL.run(["x509", "-in", "c.pem"], files: ["c.pem": node.pem()]).output
                == String(decoding: node.pem(), as: UTF8.self)
        )
    }

    @Test func `random serial numbers are positive, long and differ`() throws {
        let serials = try (0..<8).map { _ in try partner.issueNode().serialNumber }
        #expect(Set(serials).count == 8)
        #expect(serials.allSatisfy { $0.count == 32 && ("4"..."7").contains($0.prefix(1)) })
    }

    @Test func `a bundle with anything else, or nothing, is refused`() throws {
        let node = try partner.issueNode()
        let list = try partner.revocationLists()[0]
        let key = try PrivateKey.generate(.p256)
        for text in try [
            [], list.pem(), node.pem() + list.pem(), node.pem() + key.pem(), Array(node.pem().dropLast(40)),
        ] {
            #expect(throws: OpenSSLError.self) { try Certificate.parse(pem: text) }
        }
        #expect(throws: OpenSSLError.self) { try CertificateRevocationList.parse(pem: node.pem()) }
    }

    @Test(arguments: [
        "", "spiffe://gbr.example/node/one\u{0}.fra.example", "spiffe://gbr.example/a b", "spiffe://gbr.example/\u{e9}",
        "spiffe://gbr.example/\n",
    ])
    func `a URI with anything but printable ASCII is refused`(uri: String) throws {
        #expect(throws: OpenSSLError.self) { try partner.issueNode { $0.uris = [uri] } }
        #expect(throws: OpenSSLError.self) { try partner.issueNode { $0.dnsNames = [uri] } }
    }

    @Test func `impossible templates are refused`() throws {
        let changes: [(inout CertificateTemplate) -> Void] = [
            { $0.commonName = "" }, { $0.commonName = String(repeating: "n", count: 65) },
            { $0.commonName = "a\u{0}b" },
            { $0.organization = "" }, { $0.notAfter = $0.notBefore - 1 }, { $0.pathLength = 1 },
            { $0.serialNumber = [] }, { $0.serialNumber = [0] },
            { $0.serialNumber = .init(repeating: 0x80, count: 20) },
            { $0.serialNumber = .init(repeating: 1, count: 21) }, { $0.permittedURIHosts = ["a\u{0}"] },
            { $0.extendedKeyUsage = [.init(rawValue: "nonsense")] },
            { $0.uris = [String(repeating: "u", count: Certificate.byteLimit)] },
        ]
        for (index, change) in changes.enumerated() {
            #expect(throws: OpenSSLError.self, "change \(index)") { try partner.issueNode(change) }
        }
        let other = try PrivateKey.generate(.p256)
        #expect(throws: OpenSSLError.self) { try CertificateIssuer(certificate: partner.root, key: other) }
        #expect(throws: OpenSSLError.self) {
            try CertificateIssuer.selfSigned(partner.node(partner.rootKey.publicKey), key: other)
        }
    }

    @Test func `the description names what matters`() throws {
        let text = partner.root.describe()
        for fact in [
            "Root authority for CN=gbr.example root", "issued by         itself",
            "2026-10-23 00:00:00 UTC to 2027-11-22",
            "bound to hosts    gbr.example", partner.root.fingerprint.hex, "keyCertSign, cRLSign", "P-256",
        ] {
            #expect(text.contains(fact), "\(fact) in \(text)")
        }
        #expect(try partner.issueNode().describe().contains("identity          spiffe://gbr.example/node/one"))
    }

    @Test func `a request proves possession and yields the key`() throws {
        for algorithm in KeyAlgorithm.allCases {
            let key = try PrivateKey.generate(algorithm)
            let request = try CertificateRequest(commonName: "one", organization: "Test partner", key: key)
            #expect(request.publicKey == key.publicKey)
            #expect(request.subject == "CN=one,O=Test partner")
            #expect(try CertificateRequest(pem: request.pem()) == request)
            var forged = request.der
            forged[forged.count - 1] ^= 1
            #expect(throws: OpenSSLError.self) { try CertificateRequest(der: forged) }
            #expect(throws: OpenSSLError.self) { try CertificateRequest(der: request.der + [0]) }
            #expect(throws: OpenSSLError.self) { try CertificateRequest(pem: request.pem() + request.pem()) }
            let outcome = try StockOpenSSL.run(
                ["req", "-in", "r.pem", "-noout", "-verify"],
                files: ["r.pem": request.pem()]
            )
            #expect(outcome.status == 0 && outcome.output.contains("OK"), "\(outcome.output)")
        }
    }

    @Test func `a request by the stock command is read`() throws {
        let outcome = try StockOpenSSL.run(
            [
                "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", "k.pem",
                "-subj", "/CN=two", "-addext", "subjectAltName=URI:spiffe://gbr.example/node/two",
            ],
            files: [:]
        )
        let pem = outcome.output.split(separator: "\n").drop { !$0.contains("BEGIN") }.joined(separator: "\n") + "\n"
        #expect(try CertificateRequest(pem: Array(pem.utf8)).subject == "CN=two")
    }
}
