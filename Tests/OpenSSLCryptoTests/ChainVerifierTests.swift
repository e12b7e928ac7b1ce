import OpenSSLCrypto
import Testing

@Suite struct ChainVerifierTests {
    static let now = TestPartner.now
    let partner: TestPartner

    init() throws {
        partner = try TestPartner(host: "gbr.example")
    }

    @Test func `a node is accepted as client and as server with its whole chain`() throws {
        let node = try partner.issueNode()
        for purpose in [ChainVerifier.Purpose.tlsClient, .tlsServer, .any] {
            let verdict = try partner.verifier().verify(node, purpose: purpose, at: Self.now)
            #expect(verdict.chain == [node, partner.intermediate, partner.root], "\(verdict)")
        }
    }

    @Test func `P-384 chains are accepted`() throws {
        let strong = try TestPartner(host: "fra.example", algorithm: .p384)
        let node = try strong.issueNode(algorithm: .p384)
        #expect(node.signatureAlgorithm == .ecdsaWithSHA384)
        #expect(try strong.verifier().verify(node, purpose: .tlsClient, at: Self.now).chain?.count == 3)
    }

    @Test func `an intermediate may be presented instead of configured`() throws {
        let node = try partner.issueNode()
        let verifier = try ChainVerifier(
            roots: [partner.root],
            intermediates: [],
            revocationLists: partner.revocationLists()
        )
        #expect(verifier.verify(node, purpose: .any, at: Self.now).refusal?.code == .unknownIssuer)
        let verdict = verifier.verify(node, presentedChain: [partner.intermediate], purpose: .any, at: Self.now)
        #expect(verdict.chain?.count == 3)
    }

    @Test func `a presented root is never an anchor`() throws {
        let stranger = try TestPartner(host: "gbr.example")
        let node = try stranger.issueNode()
        let verdict = try partner.verifier().verify(
            node,
            presentedChain: [stranger.intermediate, stranger.root],
            purpose: .any,
            at: Self.now,
            checkRevocation: false
        )
        #expect(verdict.refusal?.code == .unknownIssuer)
    }

    @Test func `an intermediate is never an anchor`() throws {
        #expect(throws: OpenSSLError.self) {
            try ChainVerifier(roots: [partner.intermediate], intermediates: [], revocationLists: [])
        }
        let node = try partner.issueNode()
        let verifier = try ChainVerifier(
            roots: [],
            intermediates: [partner.intermediate, partner.root],
            revocationLists: partner.revocationLists()
        )
        #expect(
            verifier.verify(node, presentedChain: [partner.intermediate, partner.root], purpose: .any, at: Self.now)
                .refusal?.code == .unknownIssuer
        )
    }

    @Test func `a self-signed leaf is no root`() throws {
        let key = try PrivateKey.generate(.p256)
        let leaf = try CertificateIssuer.selfSigned(partner.node(key.publicKey), key: key)
        #expect(throws: OpenSSLError.self) {
            try ChainVerifier(roots: [leaf], intermediates: [], revocationLists: [])
        }
        #expect(try partner.verifier().verify(leaf, purpose: .any, at: Self.now).refusal?.code == .unknownIssuer)
    }

    @Test(arguments: [
        (-2 * TestPartner.day, ChainRefusal.Code.notYetValid), (31 * TestPartner.day, .expired),
        (-1 - TestPartner.day, .notYetValid), (30 * TestPartner.day, .expired),
    ])
    func `a leaf outside its validity is refused`(offset: Int64, code: ChainRefusal.Code) throws {
        let node = try partner.issueNode()
        let verdict = try partner.verifier().verify(
            node,
            purpose: .any,
            at: Self.now + offset,
            checkRevocation: false
        )
        #expect(verdict.refusal?.code == code)
    }

    @Test(arguments: [-TestPartner.day, 30 * TestPartner.day - 1])
    func `validity includes its first second and not its last`(
        offset: Int64
    ) throws {
        let node = try partner.issueNode()
        let verdict = try partner.verifier().verify(
            node,
            purpose: .any,
            at: Self.now + offset,
            checkRevocation: false
        )
        #expect(verdict.chain != nil, "\(verdict)")
    }

    @Test func `an expired authority ends its chain`() throws {
        let old = try TestPartner(host: "gbr.example") { $0.notAfter = Self.now - 1 }
        let node = try old.issueNode()
        let verdict = try old.verifier().verify(node, purpose: .any, at: Self.now, checkRevocation: false)
        #expect(verdict.refusal?.code == .expired)
    }

    @Test func `an authority's name without its key signs nothing`() throws {
        let impostor = try PrivateKey.generate(.p256)
        let authority = try CertificateIssuer.selfSigned(
            {
                var template = TestPartner.authority("gbr.example nodes", impostor.publicKey, pathLength: 0)
                template.organization = "Test partner"
                return template
            }(),
            key: impostor
        )
        let node = try CertificateIssuer(certificate: authority, key: impostor)
            .issue(partner.node(impostor.publicKey))
        let code = try partner.verifier().verify(
            node,
            presentedChain: [authority],
            purpose: .any,
            at: Self.now,
            checkRevocation: false
        ).refusal?.code
        #expect(code == .unknownIssuer || code == .badSignature)
    }

    @Test func `a tampered signature is refused`() throws {
        // The last byte is the low end of s: any value there is DER.
        var der = try partner.issueNode().der
        der[der.count - 1] ^= 1
        let forged = try Certificate(der: der)
        #expect(try partner.verifier().verify(forged, purpose: .any, at: Self.now).refusal?.code == .badSignature)
    }

    @Test func `path length is honoured`() throws {
        let key = try PrivateKey.generate(.p256)
        let below = try partner.issuer.issue(TestPartner.authority("below", key.publicKey, pathLength: nil))
        let node = try CertificateIssuer(certificate: below, key: key).issue(partner.node(key.publicKey))
        let verdict = try partner.verifier().verify(
            node,
            presentedChain: [below],
            purpose: .any,
            at: Self.now,
            checkRevocation: false
        )
        #expect(verdict.refusal?.code == .wrongUsage)
    }

    @Test func `a leaf cannot issue`() throws {
        let key = try PrivateKey.generate(.p256)
        let leaf = try partner.issuer.issue(partner.node(key.publicKey))
        #expect(throws: OpenSSLError.self) { try CertificateIssuer(certificate: leaf, key: key) }
        // The same key under an authority of the leaf's name: what somebody would have who bypasses the check above.
        var template = TestPartner.authority("node", key.publicKey, pathLength: nil)
        template.organization = nil
        let pretended = try CertificateIssuer.selfSigned(template, key: key)
        let below = try CertificateIssuer(certificate: pretended, key: key).issue(partner.node(key.publicKey))
        let verdict = try partner.verifier().verify(
            below,
            presentedChain: [leaf],
            purpose: .any,
            at: Self.now,
            checkRevocation: false
        )
        #expect([.wrongUsage, .unknownIssuer].contains(verdict.refusal?.code))
    }

    @Test func `Ed25519 is refused anywhere in a chain`() throws {
        let leaf = try partner.issueNode(algorithm: .ed25519)
        #expect(try partner.verifier().verify(leaf, purpose: .any, at: Self.now).refusal?.code == .weakKey)
        let weak = try TestPartner(host: "gbr.example", algorithm: .ed25519)
        let verifier = try ChainVerifier(
            roots: [weak.root],
            intermediates: [weak.intermediate],
            revocationLists: []
        )
        let verdict = verifier.verify(try weak.issueNode(), purpose: .any, at: Self.now, checkRevocation: false)
        #expect(verdict.refusal?.code == .weakKey)
    }
}
