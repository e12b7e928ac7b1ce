import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct `Certificate profiles` {
    static let principals: [CertificateProfile] = [.node, .mailboxSigning, .mailboxEncryption, .officer, .operator]

    let gbr: PartnerFixture

    init() throws { gbr = try SharedCoalition.get().partner("GBR") }

    private func credential(
        _ profile: CertificateProfile,
        editing edit: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> Certificate {
        let principal: Principal =
            switch profile {
            case .root, .intermediate, .node: .node(try NodeName("x"))
            case .mailboxSigning, .mailboxEncryption: .mailbox(try MailboxName("x"))
            case .officer: .officer(try PersonName("x"))
            case .operator: .operator(try PersonName("x"))
            }
        return try gbr.credential(profile, for: principal, editing: edit).certificate
    }

    private func refusal(_ profile: CertificateProfile, _ certificate: Certificate) -> IdentityRefusal.Code? {
        do {
            try profile.check(certificate)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(arguments: principals)
    func `what is issued to a profile follows it and no other`(profile: CertificateProfile) throws {
        let certificate = try credential(profile)
        for other in Self.principals + [.root, .intermediate(.nodes)] {
            #expect((refusal(other, certificate) == nil) == (other == profile), "\(other)")
        }
    }

    @Test func `authorities follow the profiles of authorities`() throws {
        let intermediate = try #require(gbr.intermediates[.people]).certificate
        #expect(refusal(.root, gbr.root.certificate) == nil)
        #expect(refusal(.intermediate(.people), intermediate) == nil)
        for profile in Self.principals {
            #expect(refusal(profile, gbr.root.certificate) == .wrongUsage)
            #expect(refusal(profile, intermediate) == .wrongUsage)
        }
    }

    @Test(arguments: principals)
    func `a certificate that may do more than its profile says is refused`(profile: CertificateProfile) throws {
        #expect(refusal(profile, try credential(profile) { $0.keyUsage.insert(.nonRepudiation) }) == .wrongUsage)
        #expect(refusal(profile, try credential(profile) { $0.keyUsage = [] }) == .wrongUsage)
        #expect(
            refusal(profile, try credential(profile) { $0.keyUsage = [.digitalSignature, .keyAgreement] })
                == .wrongUsage
        )
        #expect(refusal(profile, try credential(profile) { $0.isCertificateAuthority = true }) == .wrongUsage)
        let anything = ExtendedKeyUsage(rawValue: "2.5.29.37.0")
        #expect(refusal(profile, try credential(profile) { $0.extendedKeyUsage.append(anything) }) == .wrongUsage)
        #expect(refusal(profile, try credential(profile) { $0.extendedKeyUsage = [] }) == .wrongUsage)
        #expect(refusal(profile, try credential(profile) { $0.extendedKeyUsage.reverse() }) == nil)
    }

    @Test func `a certificate that claims another key's identifier is refused`() throws {
        let certificate = try credential(.mailboxSigning)
        let own = certificate.publicKey.keyIdentifier.bytes
        let squatted = try gbr.mailbox("j2-fusion").signing.certificate.publicKey.keyIdentifier.bytes
        // The template always writes the right one, so the bytes are changed; the profile looks at no signature.
        var der = certificate.der
        let range = try #require(der.firstRange(of: own))
        der.replaceSubrange(range, with: squatted)
        let changed = try Certificate(der: der)
        #expect(changed.subjectKeyIdentifier?.bytes == squatted)
        #expect(refusal(.mailboxSigning, changed) == .wrongKey)
    }

    @Test func `no certificate outlives its issuer or is older than it`() throws {
        for authority in gbr.authorities.dropFirst() {
            #expect(authority.certificate.notBefore >= gbr.root.certificate.notBefore)
            #expect(authority.certificate.notAfter <= gbr.root.certificate.notAfter)
        }
        let key = try PrivateKey.generate(.p256).publicKey
        let issuer = try #require(gbr.intermediates[.nodes]).certificate
        let late = CertificateProfile.node.template(
            for: SPIFFEID(node: try NodeName("x"), in: gbr.plan.trustDomain),
            of: gbr.plan.code,
            in: .live,
            publicKey: key,
            issuer: issuer,
            at: gbr.time.adding(seconds: 1800 * 86_400)
        )
        #expect(late.notAfter == issuer.notAfter)
        let early = CertificateProfile.node.template(
            for: SPIFFEID(node: try NodeName("x"), in: gbr.plan.trustDomain),
            of: gbr.plan.code,
            in: .live,
            publicKey: key,
            issuer: issuer,
            at: gbr.time.adding(seconds: -86_400)
        )
        #expect(early.notBefore == issuer.notBefore)
    }
}
