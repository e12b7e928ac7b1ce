import OpenSSLCrypto
import Testing

@Suite struct PurposeTests {
    let partner: TestPartner

    init() throws {
        partner = try TestPartner(host: "gbr.example")
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let keyUsage: KeyUsage
        let purposes: [ExtendedKeyUsage]
        let serves: Set<ChainVerifier.Purpose>
        var testDescription: String { "\(keyUsage) / \(purposes)" }
    }

    static let cases = [
        Case(
            keyUsage: .digitalSignature,
            purposes: [.clientAuth, .serverAuth],
            serves: [.tlsClient, .tlsServer, .any]
        ),
        Case(
            keyUsage: .digitalSignature,
            purposes: [.clientAuth, .emailProtection],
            serves: [.tlsClient, .cmsSigning, .any]
        ),
        Case(keyUsage: .keyAgreement, purposes: [.emailProtection], serves: [.keyAgreement, .any]),
        Case(keyUsage: .digitalSignature, purposes: [.emailProtection], serves: [.cmsSigning, .any]),
        Case(
            keyUsage: [.digitalSignature, .keyAgreement],
            purposes: [.emailProtection],
            serves: [.cmsSigning, .keyAgreement, .any]
        ),
        Case(keyUsage: .nonRepudiation, purposes: [.emailProtection, .clientAuth], serves: [.any]),
        Case(keyUsage: .digitalSignature, purposes: [], serves: [.any]),
        Case(keyUsage: [], purposes: [.clientAuth, .serverAuth, .emailProtection], serves: [.any]),
        Case(
            keyUsage: [.digitalSignature, .keyAgreement],
            purposes: [.init(rawValue: "2.5.29.37.0")],
            serves: [.any]
        ),
    ]

    @Test(arguments: cases, ChainVerifier.Purpose.allCases)
    func `a leaf serves the purposes that it names and no others`(
        test: Case,
        purpose: ChainVerifier.Purpose
    ) throws {
        let leaf = try partner.issueNode {
            $0.keyUsage = test.keyUsage
            $0.extendedKeyUsage = test.purposes
        }
        let verdict = try partner.verifier().verify(leaf, purpose: purpose, at: TestPartner.now)
        #expect((verdict.chain != nil) == test.serves.contains(purpose), "\(verdict)")
        if let refusal = verdict.refusal { #expect(refusal.code == .wrongUsage) }
    }

    @Test func `an authority that names purposes passes on only those`() throws {
        let key = try PrivateKey.generate(.p256)
        var template = TestPartner.authority("mailboxes", key.publicKey, pathLength: 0)
        template.extendedKeyUsage = [.emailProtection]
        let mailboxes = try partner.rootIssuer.issue(template)
        var leafTemplate = partner.node(key.publicKey)
        leafTemplate.extendedKeyUsage = [.clientAuth, .emailProtection]
        let leaf = try CertificateIssuer(certificate: mailboxes, key: key).issue(leafTemplate)
        let verifier = try ChainVerifier(roots: [partner.root], intermediates: [mailboxes], revocationLists: [])
        func code(_ purpose: ChainVerifier.Purpose) -> ChainRefusal.Code? {
            verifier.verify(leaf, purpose: purpose, at: TestPartner.now, checkRevocation: false).refusal?.code
        }
        #expect(code(.cmsSigning) == nil)
        #expect(code(.tlsClient) == .wrongUsage)
    }

    @Test func `an authority is no TLS client`() throws {
        let key = try PrivateKey.generate(.p256)
        var template = TestPartner.authority("both", key.publicKey, pathLength: 0)
        template.keyUsage.insert(.digitalSignature)
        template.extendedKeyUsage = [.clientAuth]
        template.uris = ["spiffe://gbr.example/node/one"]
        let both = try partner.rootIssuer.issue(template)
        let verdict = try partner.verifier().verify(both, purpose: .tlsClient, at: TestPartner.now)
        #expect(verdict.refusal?.code == .wrongUsage)
    }
}
