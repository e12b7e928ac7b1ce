import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct `Signed sheets` {
    let coalition: CoalitionFixture
    let gbr: PartnerFixture
    let fra: PartnerFixture

    init() throws {
        coalition = try SharedCoalition.get()
        gbr = try coalition.partner("GBR")
        fra = try coalition.partner("FRA")
    }

    /// The code with which GBR's sheet is refused; nil when it is accepted.
    private func refusal(
        signer: Credential? = nil,
        after previous: SignedSheet? = nil,
        at time: Timestamp? = nil,
        editing edit: (inout SheetDraft) throws -> Void = { _ in }
    ) throws -> SheetError? {
        var draft = try gbr.draft(after: previous)
        try edit(&draft)
        return refusal(of: try gbr.sign(draft, by: signer), after: previous, at: time)
    }

    private func refusal(
        of bytes: [UInt8],
        after previous: SignedSheet? = nil,
        at time: Timestamp? = nil
    ) -> SheetError? {
        do {
            _ = try gbr.verify(bytes, previous: previous, at: time)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a sheet signed by the registrar under the pinned root is accepted as it was written`() throws {
        let draft = try gbr.draft()
        let bytes = try gbr.sign(draft)
        let signed = try gbr.verify(bytes)
        #expect(signed.bytes == bytes)
        #expect(signed.digest == SHA256Digest.hash(bytes))
        #expect(signed.sheet.canonicalBytes == (try draft.sheet().canonicalBytes))
        #expect(signed.signer == gbr.registrar.certificate)
    }

    @Test func `bytes that are not one signed message are unsigned`() throws {
        let bytes = try gbr.sign(gbr.draft())
        #expect(refusal(of: [])?.code == .unsigned)
        #expect(refusal(of: try gbr.draft().sheet().canonicalBytes)?.code == .unsigned)
        #expect(refusal(of: bytes + [0])?.code == .unsigned)
        #expect(refusal(of: Array(bytes.dropLast()))?.code == .unsigned)
    }

    @Test func `no flipped bit is accepted`() throws {
        let bytes = try gbr.sign(gbr.draft())
        // All bits would take minutes. Primes, so that places and bits of all kinds come up.
        for place in stride(from: 0, to: bytes.count, by: 53) {
            var changed = bytes
            changed[place] ^= 1 << UInt8(place % 7)
            #expect(refusal(of: changed) != nil, "bit \(place % 7) of byte \(place)")
        }
    }

    @Test func `only the registrar of the sheet signs it`() throws {
        let impostor = try gbr.credential(.officer, for: .officer(PersonName("registrar")))
        let colleague = try gbr.credential(.officer, for: .officer(PersonName("release")))
        #expect(try refusal(signer: impostor)?.code == .badSignature)
        #expect(try refusal(signer: fra.registrar)?.code == .badSignature)
        #expect(
            try refusal(signer: colleague) {
                $0.officers.append(.init(name: try PersonName("release"), certificates: [colleague.certificate]))
            }?.code == .badSignature
        )
        #expect(try refusal(signer: gbr.mailbox("j2-fusion").signing)?.code == .badSignature)
    }

    @Test func `the signing time is the time of issue`() throws {
        let content = try gbr.draft().sheet().canonicalBytes
        let signer = CMSSigner(certificate: gbr.registrar.certificate, key: gbr.registrar.key)
        func signed(at time: Timestamp) throws -> [UInt8] {
            try signer.sign(content, signingTime: time.secondsSinceEpoch, attributes: [])
        }
        #expect(refusal(of: try signed(at: coalition.time)) == nil)
        #expect(refusal(of: try signed(at: coalition.time.adding(seconds: 1)))?.code == .badSignature)
    }

    @Test func `a root that is not pinned carries no sheet`() throws {
        let stranger = try PartnerFixture(gbr.plan, at: coalition.time)
        #expect(refusal(of: try stranger.sign(stranger.draft()))?.code == .unpinned)
        // Listing the pinned root beside its own does not help: the registrar must stand under the pinned one.
        var draft = try stranger.draft()
        draft.roots.append(gbr.root.certificate)
        draft.revocationLists.append(try gbr.root.revocationList(at: coalition.time))
        #expect(refusal(of: try stranger.sign(draft))?.code == .unpinned)
    }

    @Test func `a sheet speaks for its own partner, realm and trust domain`() throws {
        #expect(try refusal { $0.code = fra.plan.code }?.code == .wrongPartner)
        #expect(try refusal { $0.realm = .exercise(try ExerciseName("winter-26")) }?.code == .wrongPartner)
        let first = try gbr.signedSheet()
        #expect(
            try refusal(after: first) {
                $0.trustDomain = try TrustDomain("new.example")
                $0.nodes = []
                $0.mailboxes = []
            }?.code == .wrongPartner
        )
    }

    @Test func `a sheet is in force from its issue to its next update`() throws {
        #expect(try refusal(at: coalition.time.adding(seconds: -7200)) == nil)
        #expect(try refusal(at: coalition.time.adding(seconds: -7201))?.code == .notYetValid)
        #expect(try refusal(at: coalition.time.adding(seconds: 29 * 86_400 - 1)) == nil)
        #expect(try refusal(at: coalition.time.adding(seconds: 29 * 86_400))?.code == .expired)
    }

    @Test func `every authority has its own current revocation list`() throws {
        for missing in 0..<4 {
            #expect(try refusal { $0.revocationLists.remove(at: missing) }?.code == .revocationListMissing)
        }
        #expect(try refusal { $0.revocationLists.append($0.revocationLists[0]) }?.code == .wrongCertificate)
        #expect(
            try refusal {
                $0.revocationLists.append(try fra.root.revocationList(at: coalition.time))
            }?.code == .wrongCertificate
        )
        #expect(
            try refusal {
                $0.revocationLists = try gbr.revocationLists(at: coalition.time.adding(seconds: -31 * 86_400))
            }?.code == .revocationListNotCurrent
        )
    }

    @Test func `a revoked registrar signs nothing`() throws {
        let error = try refusal {
            $0.revocationLists = try gbr.revocationLists(revoking: [gbr.registrar.certificate])
        }
        #expect(error?.code == .unpinned)
        #expect(error?.detail.contains("revoked") == true)
    }

    @Test func `a root without the constraint to the trust domain is refused`() throws {
        let key = gbr.root.key
        for hosts in [[], ["fra.example"], ["gbr.example", "fra.example"], [".gbr.example"]] {
            var template = CertificateProfile.rootTemplate(
                of: gbr.plan.code,
                in: .live,
                trustDomain: gbr.plan.trustDomain,
                publicKey: key.publicKey,
                at: coalition.time
            )
            template.permittedURIHosts = hosts
            let root = try CertificateIssuer.selfSigned(template, key: key)
            #expect(try refusal { $0.roots = [root] }?.code == .wrongCertificate)
        }
    }

    @Test func `a mailbox certificate in another mailbox's name or shape is refused`() throws {
        let mailbox = try gbr.mailbox("j2-fusion")
        func with(_ signing: Certificate, _ encryption: Certificate) throws -> SheetError.Code? {
            try refusal { draft in
                draft.mailboxes = draft.mailboxes.filter { $0.name.rawValue != "j2-fusion" }
                draft.mailboxes.append(
                    .init(
                        name: try MailboxName("j2-fusion"),
                        homeNode: try NodeName("gbr-1"),
                        signingCertificates: [signing],
                        encryptionCertificates: [encryption]
                    )
                )
            }?.code
        }
        let (signing, encryption) = (mailbox.signing.certificate, mailbox.encryption.certificate)
        #expect(try with(signing, encryption) == nil)
        #expect(try with(encryption, signing) == .wrongCertificate)
        #expect(
            try with(gbr.credential(.mailboxSigning, for: .mailbox(MailboxName("other"))).certificate, encryption)
                == .wrongCertificate
        )
        #expect(
            try with(
                gbr.credential(
                    .mailboxSigning,
                    for: .officer(PersonName("j2-fusion")),
                    issuer: gbr.intermediates[.mailboxes]
                ).certificate,
                encryption
            ) == .wrongCertificate
        )
        let sameKey = try gbr.credential(.mailboxEncryption, for: .mailbox(MailboxName("j2-fusion"))) {
            $0.publicKey = signing.publicKey
        }
        #expect(try with(signing, sameKey.certificate) == .wrongCertificate)
    }

    @Test func `a refusal says what was expected and what came`() throws {
        let first = try gbr.signedSheet()
        let second = try gbr.signedSheet(after: first)
        #expect(
            refusal(of: first.bytes, after: second)?.description
                == "sheet-older: expected version 2 of `GBR` or later, got 1"
        )
    }
}
