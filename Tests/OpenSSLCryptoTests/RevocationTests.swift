import OpenSSLCrypto
import Testing

@Suite struct RevocationTests {
    static let now = TestPartner.now
    let partner: TestPartner

    init() throws {
        partner = try TestPartner(host: "gbr.example")
    }

    @Test func `a revoked leaf is refused and its neighbour is not`() throws {
        let revoked = try partner.issueNode()
        let neighbour = try partner.issueNode()
        let verifier = try partner.verifier(revoked: [revoked])
        #expect(verifier.verify(revoked, purpose: .tlsClient, at: Self.now).refusal?.code == .revoked)
        #expect(verifier.verify(neighbour, purpose: .tlsClient, at: Self.now).chain != nil)
        let unchecked = verifier.verify(revoked, purpose: .tlsClient, at: Self.now, checkRevocation: false)
        #expect(unchecked.chain != nil)
    }

    @Test func `a revoked intermediate takes everything below it along`() throws {
        let node = try partner.issueNode()
        let verdict = try partner.verifier(revoked: [partner.intermediate]).verify(
            node,
            purpose: .tlsClient,
            at: Self.now
        )
        #expect(verdict.refusal?.code == .revoked)
        #expect(verdict.refusal?.detail.contains("nodes") == true, "\(verdict)")
    }

    @Test(arguments: [0, 1]) func `every authority of the chain needs its list`(missing: Int) throws {
        var lists = try partner.revocationLists()
        lists.remove(at: missing)
        let verifier = try ChainVerifier(
            roots: [partner.root],
            intermediates: [partner.intermediate],
            revocationLists: lists
        )
        let verdict = verifier.verify(try partner.issueNode(), purpose: .any, at: Self.now)
        #expect(verdict.refusal?.code == .crlMissing)
    }

    @Test(arguments: [
        (-2 * TestPartner.day, -TestPartner.day, ChainRefusal.Code.crlExpired),
        (TestPartner.day, 2 * TestPartner.day, .crlNotYetValid),
    ])
    func `a list outside its time is refused`(from: Int64, until: Int64, code: ChainRefusal.Code) throws {
        let lists = try [
            partner.rootIssuer.revocationList(
                number: 1,
                thisUpdate: Self.now - 60,
                nextUpdate: Self.now + TestPartner.day
            ),
            partner.issuer.revocationList(
                number: 1,
                thisUpdate: Self.now + from,
                nextUpdate: Self.now + until
            ),
        ]
        let verifier = try ChainVerifier(
            roots: [partner.root],
            intermediates: [partner.intermediate],
            revocationLists: lists
        )
        let verdict = verifier.verify(try partner.issueNode(), purpose: .any, at: Self.now)
        #expect(verdict.refusal?.code == code)
    }

    @Test func `the newer of two lists counts`() throws {
        let node = try partner.issueNode()
        let lists = try partner.revocationLists()
        let newer = try partner.issuer.revocationList(
            number: 8,
            thisUpdate: Self.now - 60,
            nextUpdate: Self.now + TestPartner.day,
            revoked: [.init(serialNumber: node.serialNumber, time: Self.now - 60)]
        )
        for order in [lists + [newer], [newer] + lists] {
            let verifier = try ChainVerifier(
                roots: [partner.root],
                intermediates: [partner.intermediate],
                revocationLists: order
            )
            #expect(verifier.verify(node, purpose: .any, at: Self.now).refusal?.code == .revoked)
        }
    }

    @Test func `a list forged under an authority's name is refused`() throws {
        let impostor = try PrivateKey.generate(.p256)
        let pretended = try CertificateIssuer.selfSigned(
            TestPartner.authority("gbr.example nodes", impostor.publicKey, pathLength: 0),
            key: impostor
        )
        let forged = try CertificateIssuer(certificate: pretended, key: impostor).revocationList(
            number: 9,
            thisUpdate: Self.now - 60,
            nextUpdate: Self.now + TestPartner.day
        )
        #expect(forged.issuer == partner.intermediate.subject)
        #expect(!forged.isSigned(by: partner.intermediate))
        #expect(forged.isSigned(by: pretended))
        let lists = [try partner.revocationLists()[0], forged]
        let verifier = try ChainVerifier(
            roots: [partner.root],
            intermediates: [partner.intermediate],
            revocationLists: lists
        )
        let verdict = verifier.verify(try partner.issueNode(), purpose: .any, at: Self.now)
        #expect([.badSignature, .crlMissing].contains(verdict.refusal?.code), "\(verdict)")
    }

    @Test func `a signer that expired since keeps what it signed, unless revoked now`() throws {
        let node = try partner.issueNode()
        let later = Self.now + 40 * TestPartner.day
        func verifier(revoked: Bool) throws -> ChainVerifier {
            let revocations =
                revoked ? [CertificateIssuer.Revocation(serialNumber: node.serialNumber, time: later)] : []
            let lists = try [partner.rootIssuer, partner.issuer].map {
                try $0.revocationList(number: 9, thisUpdate: later - 60, nextUpdate: later + 60, revoked: revocations)
            }
            return try ChainVerifier(
                roots: [partner.root],
                intermediates: [partner.intermediate],
                revocationLists: lists
            )
        }
        let good = try verifier(revoked: false)
        #expect(good.verify(node, purpose: .tlsClient, at: later).refusal?.code == .expired)
        #expect(good.verify(node, purpose: .tlsClient, validAt: Self.now, revocationAt: later).chain?.count == 3)
        let beforeIssue = good.verify(
            node,
            purpose: .tlsClient,
            validAt: Self.now - 2 * TestPartner.day,
            revocationAt: later
        )
        #expect(beforeIssue.refusal?.code == .notYetValid)
        let stale = good.verify(node, purpose: .tlsClient, validAt: Self.now, revocationAt: later + 61)
        #expect(stale.refusal?.code == .crlExpired)
        let bad = try verifier(revoked: true)
        let verdict = bad.verify(node, purpose: .tlsClient, validAt: Self.now, revocationAt: later)
        #expect(verdict.refusal?.code == .revoked)
        let wrongPurpose = good.verify(node, purpose: .cmsSigning, validAt: Self.now, revocationAt: later)
        #expect(wrongPurpose.refusal?.code == .wrongUsage)
    }

    @Test func `a list is read back as issued`() throws {
        let node = try partner.issueNode()
        let list = try partner.revocationLists(revoked: [node, partner.intermediate])[1]
        #expect(list.number == 7)
        #expect(list.thisUpdate == Self.now - 3_600)
        #expect(list.nextUpdate == Self.now + TestPartner.day)
        #expect(list.issuer == partner.intermediate.subject)
        #expect(list.authorityKeyIdentifier == partner.intermediate.publicKey.keyIdentifier)
        #expect(list.revokedSerialNumbers == [node.serialNumber, partner.intermediate.serialNumber])
        #expect(list.isSigned(by: partner.intermediate))
        #expect(!list.isSigned(by: partner.root))
        #expect(try CertificateRevocationList.parse(pem: list.pem() + list.pem()) == [list, list])
    }

    @Test func `a list with a broken entry cannot be issued`() throws {
        let issuer = try partner.issuer
        for serialNumber in ["", "0", "XY", "00", String(repeating: "FF", count: 20)] {
            #expect(throws: OpenSSLError.self) {
                try issuer.revocationList(
                    number: 1,
                    thisUpdate: 0,
                    nextUpdate: 1,
                    revoked: [.init(serialNumber: serialNumber, time: 0)]
                )
            }
        }
        #expect(throws: OpenSSLError.self) {
            try issuer.revocationList(
                number: 1,
                thisUpdate: 0,
                nextUpdate: 1,
                revoked: [.init(serialNumber: "01", time: 0), .init(serialNumber: "01", time: 0)]
            )
        }
        #expect(throws: OpenSSLError.self) { try issuer.revocationList(number: 1, thisUpdate: 1, nextUpdate: 1) }
    }
}
