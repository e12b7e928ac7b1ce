import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct `Looking up signers and recipients` {
    let coalition: CoalitionFixture
    let gbr: PartnerFixture
    let signing: Credential

    init() throws {
        coalition = try SharedCoalition.get()
        gbr = try coalition.partner("GBR")
        signing = try coalition.mailbox("GBR/j2-fusion").signing
    }

    /// The sheet of GBR alone with other certificates for `j2-fusion`.
    private func directory(
        signing: [Credential]? = nil,
        encryption: [Credential]? = nil,
        revoking: [Certificate] = []
    ) throws -> Directory {
        let sheet = try gbr.signedSheet { draft in
            draft.mailboxes = draft.mailboxes.map { mailbox in
                guard mailbox.name.rawValue == "j2-fusion" else { return mailbox }
                return PartnerSheet.Mailbox(
                    name: mailbox.name,
                    homeNode: mailbox.homeNode,
                    signingCertificates: signing?.map(\.certificate) ?? mailbox.signingCertificates,
                    encryptionCertificates: encryption?.map(\.certificate) ?? mailbox.encryptionCertificates
                )
            }
            draft.revocationLists = try gbr.revocationLists(revoking: revoking)
        }
        return try Directory(sheets: [sheet], realm: .live)
    }

    private func refusal(
        _ directory: Directory,
        key: KeyIdentifier,
        signedAt: Timestamp? = nil,
        now: Timestamp? = nil
    ) -> IdentityRefusal.Code? {
        do {
            _ = try directory.signer(key, signedAt: signedAt ?? coalition.time, now: now ?? coalition.time)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a signing key leads to its mailbox`() throws {
        let key = signing.certificate.publicKey.keyIdentifier
        let record = try coalition.directory.signer(key, signedAt: coalition.time, now: coalition.time)
        #expect(record.address.description == "GBR/j2-fusion")
        #expect(record.id.description == "spiffe://gbr.example/mailbox/j2-fusion")
        #expect(record.certificate == signing.certificate)
        #expect(record.chain.last == gbr.root.certificate)
        #expect(try coalition.directory.signer(key, signedAt: coalition.time, now: coalition.time) == record)
    }

    @Test func `keys that do not sign for a mailbox lead nowhere`() throws {
        let others = [
            try coalition.mailbox("GBR/j2-fusion").encryption, try gbr.node("gbr-1").credential, gbr.registrar,
            try gbr.credential(.mailboxSigning, for: .mailbox(MailboxName("j2-fusion"))),
        ]
        for other in others {
            let key = other.certificate.publicKey.keyIdentifier
            #expect(refusal(coalition.directory, key: key) == .notInDirectory)
        }
    }

    @Test func `what was signed in time stays signed, what was not is refused`() throws {
        let short = try gbr.credential(.mailboxSigning, for: .mailbox(MailboxName("j2-fusion"))) {
            $0.notAfter = $0.notBefore + 86_400
        }
        let key = short.certificate.publicKey.keyIdentifier
        let later = coalition.time.adding(seconds: 2 * 86_400)
        // In both orders, so that neither answer comes out of the other's finding.
        let first = try directory(signing: [short])
        #expect(refusal(first, key: key, now: later) == nil)
        #expect(refusal(first, key: key, signedAt: later, now: later) == .expired)
        #expect(refusal(first, key: key, now: later) == nil)
        let second = try directory(signing: [short])
        #expect(refusal(second, key: key, signedAt: later, now: later) == .expired)
        #expect(refusal(second, key: key, now: later) == nil)
        #expect(refusal(second, key: key, signedAt: coalition.time.adding(seconds: -86_400)) == .notYetValid)
    }

    @Test func `a finding is kept no longer than the revocation lists that it rests on`() throws {
        let sheet = try gbr.signedSheet { $0.nextUpdate = $0.nextUpdate.adding(seconds: 90 * 86_400) }
        let directory = try Directory(sheets: [sheet], realm: .live)
        let key = signing.certificate.publicKey.keyIdentifier
        #expect(refusal(directory, key: key) == nil)
        let later = coalition.time.adding(seconds: 31 * 86_400)
        #expect(refusal(directory, key: key, now: later) == .revocationListExpired)
        #expect(refusal(coalition.directory, key: key) == nil)
        #expect(refusal(coalition.directory, key: key, now: later) == .sheetExpired)
    }

    @Test func `a revoked signer is refused, also for what was signed before`() throws {
        let directory = try directory(revoking: [signing.certificate])
        let key = signing.certificate.publicKey.keyIdentifier
        #expect(refusal(directory, key: key) == .revoked)
        #expect(refusal(directory, key: key, signedAt: coalition.time.adding(seconds: -3600)) == .revoked)
    }

    @Test func `a signing certificate from the intermediate for people is refused`() throws {
        let wrong = try gbr.credential(
            .mailboxSigning,
            for: .mailbox(MailboxName("j2-fusion")),
            issuer: gbr.intermediates[.people]
        )
        let directory = try directory(signing: [wrong])
        #expect(refusal(directory, key: wrong.certificate.publicKey.keyIdentifier) == .wrongIssuer)
    }

    @Test func `encryption certificates come preferred one first, without those that do not hold`() throws {
        let mailbox = Principal.mailbox(try MailboxName("j2-fusion"))
        let old = try gbr.credential(.mailboxEncryption, for: mailbox)
        let new = try gbr.credential(.mailboxEncryption, for: mailbox)
        let revoked = try gbr.credential(.mailboxEncryption, for: mailbox)
        let address = try MailboxAddress("GBR/j2-fusion")
        let directory = try directory(encryption: [revoked, new, old], revoking: [revoked.certificate])
        #expect(
            try directory.encryptionCertificates(of: address, now: coalition.time) == [
                new.certificate, old.certificate,
            ]
        )
        let none = try self.directory(encryption: [revoked], revoking: [revoked.certificate])
        let error = #expect(throws: IdentityRefusal.self) {
            try none.encryptionCertificates(of: address, now: coalition.time)
        }
        #expect(error?.code == .revoked)
    }

    @Test func `a mailbox that no sheet lists has no certificates, no home and no ID`() throws {
        let address = try MailboxAddress("GBR/nobody")
        let error = #expect(throws: IdentityRefusal.self) {
            try coalition.directory.encryptionCertificates(of: address, now: coalition.time)
        }
        #expect(error?.code == .notInDirectory)
        #expect(coalition.directory.homeNode(of: address) == nil)
        #expect(coalition.directory.id(of: address) == nil)
        #expect(coalition.directory.homeNode(of: try MailboxAddress("USA/j2")) == nil)
    }

    @Test func `a mailbox leads to its node, and the node to its log`() throws {
        let node = try #require(coalition.directory.homeNode(of: try MailboxAddress("FRA/cni")))
        #expect(node.id.description == "spiffe://fra.example/node/fra-hub")
        #expect(node.endpoint.description == "127.0.0.1:8442")
        #expect(node.log.origin == "fra.example/node/fra-hub")
        #expect(coalition.directory.node(node.id) == node)
        #expect(coalition.directory.node(logOrigin: "fra.example/node/fra-hub") == node)
        #expect(coalition.directory.node(logOrigin: "fra.example/node/fra-2") == nil)
        let key = try coalition.mailbox("FRA/cni").encryption.certificate.publicKey.keyIdentifier
        #expect(coalition.directory.mailbox(encryptingTo: key)?.description == "FRA/cni")
        let signingKey = signing.certificate.publicKey.keyIdentifier
        #expect(coalition.directory.mailbox(encryptingTo: signingKey) == nil)
    }

    @Test func `principals of another realm are never found`() throws {
        let directory = try Directory(sheets: coalition.sheets, realm: .exercise(ExerciseName("winter-26")))
        #expect(refusal(directory, key: signing.certificate.publicKey.keyIdentifier) == .notInDirectory)
        #expect(directory.partners.isEmpty)
        #expect(directory.homeNode(of: try MailboxAddress("GBR/j2-fusion")) == nil)
    }
}
