import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct `Authentication of TLS peers` {
    let coalition: CoalitionFixture
    let gbr: PartnerFixture
    let fra: PartnerFixture

    init() throws {
        coalition = try SharedCoalition.get()
        gbr = try coalition.partner("GBR")
        fra = try coalition.partner("FRA")
    }

    private func verdict(
        _ credential: Credential,
        as part: PeerPart = .tlsClient,
        in directory: Directory? = nil,
        at time: Timestamp? = nil
    ) -> Result<AuthenticatedPrincipal, IdentityRefusal> {
        let directory = directory ?? coalition.directory
        switch directory.authenticate(
            presentedChain: credential.chain,
            purpose: part,
            at: time ?? coalition.time
        )
        {
        case .accepted(let principal): return .success(principal)
        case .refused(let refusal): return .failure(refusal)
        }
    }

    private func code(
        _ credential: Credential,
        as part: PeerPart = .tlsClient,
        in directory: Directory? = nil,
        at time: Timestamp? = nil
    ) -> IdentityRefusal.Code? {
        switch verdict(credential, as: part, in: directory, at: time) {
        case .success: nil
        case .failure(let refusal): refusal.code
        }
    }

    @Test(arguments: [KeyAlgorithm.p256, .p384])
    func `a listed node is itself on either side`(algorithm: KeyAlgorithm) throws {
        let coalition = try CoalitionFixture(["GBR"], algorithm: algorithm)
        let node = try coalition.partner("GBR").node("gbr-1").credential
        for part in PeerPart.allCases {
            let principal = try verdict(node, as: part, in: coalition.directory).get()
            #expect(principal.partner.rawValue == "GBR")
            #expect(principal.id.description == "spiffe://gbr.example/node/gbr-1")
            #expect(principal.certificate == node.certificate)
            #expect(principal.chain.count == 3)
            #expect(principal.mailboxAddress == nil)
        }
    }

    @Test func `a listed mailbox is itself as a client and nothing as a server`() throws {
        let mailbox = try gbr.mailbox("j2-fusion").signing
        #expect(try verdict(mailbox).get().mailboxAddress?.description == "GBR/j2-fusion")
        #expect(code(mailbox, as: .tlsServer) == .wrongKind)
    }

    @Test func `an operator is accepted by its chain`() throws {
        let watch = try gbr.credential(.operator, for: .operator(PersonName("watch-1")))
        #expect(try verdict(watch).get().id.description == "spiffe://gbr.example/operator/watch-1")
    }

    @Test func `nothing is no certificate`() {
        guard
            case .refused(let refusal) = coalition.directory.authenticate(
                presentedChain: [],
                purpose: .tlsClient,
                at: coalition.time
            )
        else {
            Issue.record("accepted")
            return
        }
        #expect(refusal.code == .noCertificate)
    }

    @Test(arguments: [
        ([], IdentityRefusal.Code.noSPIFFEID),
        (["spiffe://gbr.example/node/gbr-1", "spiffe://gbr.example/node/gbr-2"], .manyURIs),
        (["spiffe://gbr.example/node/gbr-1", "https://gbr.example/"], .manyURIs),
        (["spiffe://gbr.example/relay/gbr-1"], .invalidSPIFFEID),
        (["https://gbr.example/node/gbr-1"], .invalidSPIFFEID),
        (["spiffe://usa.example/node/usa-1"], .unknownTrustDomain),
        (["spiffe://gbr.example/node/gbr-9"], .notInDirectory),
    ])
    func `the one URI decides who a certificate claims to be`(uris: [String], expected: IdentityRefusal.Code) throws {
        let node = try gbr.credential(.node, for: .node(NodeName("gbr-1"))) { $0.uris = uris }
        #expect(code(node) == expected)
    }

    @Test func `no partner's root counts for another partner's name`() throws {
        let name = "spiffe://gbr.example/node/gbr-1"
        let forged = try fra.credential(.node, for: .node(NodeName("gbr-1"))) { $0.uris = [name] }
        #expect(code(forged) == .unknownIssuer)
    }

    @Test func `a cross-signed intermediate does not carry a partner's root into another partner`() throws {
        let nodesKey = try #require(fra.intermediates[.nodes]).key
        let cross = try AuthorityFixture(
            certificate: gbr.root.issuer.issue(
                CertificateProfile.intermediateTemplate(
                    .nodes,
                    of: fra.plan.code,
                    in: .live,
                    publicKey: nodesKey.publicKey,
                    issuer: gbr.root.certificate,
                    at: coalition.time
                )
            ),
            key: nodesKey
        )
        let forged = try gbr.credential(.node, for: .node(NodeName("gbr-1")), issuer: cross)
        #expect(code(forged) == .unknownIssuer)
    }

    @Test func `an intermediate that the sheet does not list issues for nobody`() throws {
        let stray = try gbr.credential(
            .node,
            for: .node(NodeName("gbr-1")),
            issuer: gbr.anotherIntermediate(.nodes)
        )
        #expect(code(stray) != nil)
    }

    @Test(arguments: [IssuerRole.mailboxes, .people])
    func `a node certificate from an intermediate for something else is refused`(role: IssuerRole) throws {
        let node = try gbr.credential(.node, for: .node(NodeName("gbr-1")), issuer: gbr.intermediates[role])
        #expect(code(node) == .wrongIssuer)
    }

    @Test func `a certificate straight from the root is refused`() throws {
        let node = try gbr.credential(.node, for: .node(NodeName("gbr-1")), issuer: gbr.root)
        #expect(code(node) == .wrongIssuer)
    }

    @Test func `a mailbox cannot pose as a node`() throws {
        let mailbox = try gbr.credential(
            .mailboxSigning,
            for: .node(NodeName("gbr-1")),
            issuer: gbr.intermediates[.mailboxes]
        )
        #expect(code(mailbox) != nil)
        #expect(code(mailbox, as: .tlsServer) != nil)
    }

    @Test func `a mailbox certificate that the sheet does not list is refused`() throws {
        let mailbox = try gbr.credential(.mailboxSigning, for: .mailbox(MailboxName("j2-fusion")))
        #expect(code(mailbox) == .notInDirectory)
        #expect(code(try gbr.mailbox("j2-fusion").encryption) == .wrongUsage)
    }

    @Test(arguments: [
        [ExtendedKeyUsage.serverAuth], [.clientAuth], [], [.serverAuth, .clientAuth, .emailProtection],
    ])
    func `a node certificate with other usages than its profile's is refused`(usages: [ExtendedKeyUsage]) throws {
        let node = try gbr.credential(.node, for: .node(NodeName("gbr-1"))) { $0.extendedKeyUsage = usages }
        #expect(code(node) == .wrongUsage)
        #expect(code(node, as: .tlsServer) == .wrongUsage)
    }

    @Test func `validity is judged at the given time`() throws {
        let node = try gbr.node("gbr-1").credential
        let short = try gbr.credential(.node, for: .node(NodeName("gbr-1"))) { $0.notAfter = $0.notBefore + 86_400 }
        #expect(code(node, at: coalition.time.adding(seconds: -7201)) != nil)
        #expect(code(short) == nil)
        #expect(code(short, at: coalition.time.adding(seconds: 86_400)) == .expired)
    }

    @Test func `a revoked certificate is refused from the sheet that says so`() throws {
        let node = try gbr.node("gbr-1").credential
        let first = try #require(coalition.sheets.first)
        let second = try gbr.signedSheet(after: first) {
            $0.revocationLists = try gbr.revocationLists(number: 2, revoking: [node.certificate])
        }
        #expect(code(node, in: try Directory(sheets: [first], realm: .live)) == nil)
        #expect(code(node, in: try Directory(sheets: [second], realm: .live)) == .revoked)
    }

    @Test func `a revoked intermediate takes its certificates with it`() throws {
        let intermediate = try #require(gbr.intermediates[.nodes]).certificate
        let sheet = try gbr.signedSheet {
            $0.revocationLists = try gbr.revocationLists(revoking: [intermediate])
        }
        #expect(code(try gbr.node("gbr-1").credential, in: try Directory(sheets: [sheet], realm: .live)) == .revoked)
    }

    @Test func `a revocation list or a sheet that has run out refuses everybody under it`() throws {
        let node = try gbr.node("gbr-1").credential
        #expect(code(node, at: coalition.time.adding(seconds: 29 * 86_400)) == .sheetExpired)
        let sheet = try gbr.signedSheet { $0.nextUpdate = $0.nextUpdate.adding(seconds: 90 * 86_400) }
        let directory = try Directory(sheets: [sheet], realm: .live)
        #expect(code(node, in: directory, at: coalition.time.adding(seconds: 31 * 86_400)) == .revocationListExpired)
    }

    @Test func `live and exercise know each other and never accept each other`() throws {
        let exercise = Realm.exercise(try ExerciseName("winter-26"))
        let plans = [try PartnerPlan.example("GBR"), try PartnerPlan.example("GBR", realm: exercise)]
        let made = try plans.map { try PartnerFixture($0, at: coalition.time) }
        let sheets = try made.map { try $0.signedSheet() }
        let nodes = try made.map { try $0.node("gbr-1").credential }
        let live = try Directory(sheets: sheets, realm: .live)
        let training = try Directory(sheets: sheets, realm: exercise)
        #expect(code(nodes[0], in: live) == nil)
        #expect(code(nodes[1], in: live) == .wrongRealm)
        #expect(code(nodes[0], in: training) == .wrongRealm)
        #expect(code(nodes[1], in: training) == nil)
        #expect(live.stateHash != training.stateHash)
    }

    @Test func `an Ed25519 key authenticates nobody`() throws {
        let node = try gbr.credential(.node, for: .node(NodeName("gbr-1")), algorithm: .ed25519)
        #expect(code(node) == .wrongKey)
    }

    @Test func `a refusal names the certificate, what was expected and what came`() throws {
        let node = try gbr.credential(.node, for: .node(NodeName("gbr-1")), issuer: gbr.intermediates[.people])
        guard case .failure(let refusal) = verdict(node) else {
            Issue.record("accepted")
            return
        }
        #expect(
            refusal.description == """
                wrong-issuer: CN=gbr-1,O=GBR: expected the intermediate of `GBR` for nodes as issuer, got the one for people
                """
        )
    }
}
