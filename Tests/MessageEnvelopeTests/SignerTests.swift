import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import Testing

@testable import MessageEnvelope

/// Whose certificates count, and when.
@Suite struct SignerTests {
    let coalition: CoalitionFixture
    let britain: PartnerFixture

    init() throws {
        coalition = try SharedCoalition.get()
        britain = try coalition.partner("GBR")
    }

    /// The directory with another sheet of GBR.
    private func directory(
        at time: Timestamp? = nil,
        editing edit: (inout SheetDraft) throws -> Void
    ) throws -> Directory {
        let sheet = try britain.signedSheet(at: time, editing: edit)
        let others = coalition.sheets.filter { $0.sheet.code != sheet.sheet.code }
        return try Directory(sheets: others + [sheet], realm: .live)
    }

    private static func replaceSigningCertificate(_ draft: inout SheetDraft, by certificate: Certificate) {
        draft.mailboxes = draft.mailboxes.map {
            $0.name.rawValue != "j2-fusion"
                ? $0
                : PartnerSheet.Mailbox(
                    name: $0.name,
                    homeNode: $0.homeNode,
                    signingCertificates: [certificate],
                    encryptionCertificates: $0.encryptionCertificates
                )
        }
    }

    @Test func `a revoked signer is refused at once, however old the message is`() throws {
        let received = try ReceivedEnvelope(coalition.seal())
        let own = try coalition.mailbox("GBR/j2-fusion").signing.certificate
        let directory = try directory {
            $0.revocationLists = try britain.revocationLists(number: 2, revoking: [own])
        }
        for releasedAt in [nil, coalition.time, coalition.time.adding(seconds: -3600)] {
            expectRefusal(.unknownSigner) {
                try received.verified(by: directory, releasedAt: releasedAt, now: coalition.time)
            }
        }
        expectRefusal(.unknownSigner) {
            try Sealing.message().seal(
                id: Sealing.id(),
                signer: coalition.signer("GBR/j2-fusion"),
                directory: directory
            )
        }
    }

    @Test func `a message that has expired in the mailbox can still be read`() throws {
        let received = try ReceivedEnvelope(try coalition.seal())
        let late = received.header.expires
        expectRefusal(.expired) {
            try received.verified(by: coalition.directory, releasedAt: coalition.time, now: late)
        }
        let verified = try received.verifiedForReading(by: coalition.directory, now: late)
        #expect(verified.digest == received.digest)
    }

    @Test func `a certificate must be valid when the origin released the message, not when it arrives`() throws {
        let end = coalition.time.adding(seconds: 3600)
        let short = try britain.credential(.mailboxSigning, for: .mailbox(MailboxName("j2-fusion"))) {
            $0.notAfter = end.secondsSinceEpoch
        }
        let directory = try directory { Self.replaceSigningCertificate(&$0, by: short.certificate) }
        let envelope = try Sealing.message().seal(
            id: Sealing.id(),
            signer: CMSSigner(certificate: short.certificate, key: short.key),
            directory: directory
        )
        let received = try ReceivedEnvelope(envelope)
        let late = end.adding(seconds: 86_400)
        #expect(throws: Never.self) {
            try received.verified(by: directory, releasedAt: coalition.time, now: late)
        }
        #expect(throws: Never.self) {
            try received.verified(by: directory, releasedAt: end, now: late)
        }
        expectRefusal(.unknownSigner) {
            try received.verified(by: directory, releasedAt: end.adding(seconds: 1), now: late)
        }
        expectRefusal(.unknownSigner) { try received.verified(by: directory, releasedAt: nil, now: late) }
    }

    @Test func `a renewed certificate of the same key does not verify what the old one signed`() throws {
        let old = try coalition.mailbox("GBR/j2-fusion").signing
        let people = try #require(britain.intermediates[.mailboxes])
        var template = try CertificateProfile.mailboxSigning.template(
            for: SPIFFEID("spiffe://gbr.example/mailbox/j2-fusion"),
            of: britain.plan.code,
            in: .live,
            publicKey: old.key.publicKey,
            issuer: people.certificate,
            at: coalition.time
        )
        template.notAfter -= 1
        let renewed = try people.issuer.issue(template)
        let directory = try directory { Self.replaceSigningCertificate(&$0, by: renewed) }
        let received = try ReceivedEnvelope(coalition.seal())
        expectRefusal(.invalidSignature) {
            try received.verified(by: directory, releasedAt: nil, now: coalition.time)
        }
        expectRefusal(.unknownSigner) {
            try Sealing.message().seal(
                id: Sealing.id(),
                signer: CMSSigner(certificate: old.certificate, key: old.key),
                directory: directory
            )
        }
    }

    @Test func `another partner's certificate that claims the originator's key identifier signs nothing`() throws {
        let victim = try coalition.mailbox("GBR/j2-fusion").signing.certificate
        let squatter = try squattedCertificate(claiming: victim.publicKey.keyIdentifier)
        let own = try coalition.mailbox("FRA/cni").signing
        #expect(squatter.subjectKeyIdentifier == victim.publicKey.keyIdentifier)
        #expect(squatter.publicKey == own.certificate.publicKey)

        // No sheet can list it, so no directory can know it.
        #expect(throws: SheetError.self) {
            try coalition.partner("FRA").signedSheet { draft in
                draft.mailboxes = draft.mailboxes.map {
                    PartnerSheet.Mailbox(
                        name: $0.name,
                        homeNode: $0.homeNode,
                        signingCertificates: [squatter],
                        encryptionCertificates: $0.encryptionCertificates
                    )
                }
            }
        }
        // Our own signer refuses it; libcrypto would not, so the message is made by hand.
        #expect(throws: OpenSSLError.self) {
            try CMSSigner(certificate: squatter, key: own.key).sign([1], signingTime: 0)
        }
        let envelope = try coalition.seal()
        for certificate in [squatter, victim] {
            var tree = try DERTree(envelope.header)
            let hash = SHA256Digest.hash(certificate.der).bytes
            let attributes = tree[1, 0, 3, 0, 3].children
            let position = try #require(attributes.firstIndex { $0[0].contents.last == 47 })
            tree[1, 0, 3, 0, 3, position, 1, 0, 0, 0, 0].contents = hash
            try tree.resign(with: own.key)
            expectRefusal(.invalidSignature) { try coalition.verify(Envelope(header: tree.der, body: envelope.body)) }
        }
    }

    /// FRA/cni's signing certificate with another's key identifier in it, issued by FRA itself.
    private func squattedCertificate(claiming identifier: KeyIdentifier) throws -> Certificate {
        let france = try coalition.partner("FRA")
        let own = try coalition.mailbox("FRA/cni").signing.certificate
        let honest = try #require(own.subjectKeyIdentifier)
        var tree = try DERTree(own.der)
        var tbs = tree[0].der
        let range = try #require(tbs.indices.first { tbs[$0...].starts(with: [0x04, 0x14] + honest.bytes) })
        tbs.replaceSubrange(range + 2..<range + 22, with: identifier.bytes)
        tree[0] = try DERTree(tbs)
        tree[2].contents = [0] + (try #require(france.intermediates[.mailboxes]).key.sign(tbs))
        return try Certificate(der: tree.der)
    }
}

extension DERTree {
    /// Signs a SignedData anew over its signed attributes, which are put into DER order.
    mutating func resign(with key: PrivateKey) throws {
        self[1, 0, 3, 0, 3].children.sort { $0.der.lexicographicallyPrecedes($1.der) }
        var set = self[1, 0, 3, 0, 3]
        set.tag = 0x31
        self[1, 0, 3, 0, 5].contents = try key.sign(set.der)
    }
}
