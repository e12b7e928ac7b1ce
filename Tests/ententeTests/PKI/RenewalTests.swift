import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import Testing

@testable import entente

@Suite struct `Renewing certificates` {
    let temporary: TemporaryFolder
    let folder: PartnerFolder
    let office: CertificateOffice
    let time = Timestamp(secondsSinceEpoch: 1_795_348_800)

    init() throws {
        temporary = try TemporaryFolder()
        folder = PartnerFolder("\(temporary.path)/GBR")
        office = CertificateOffice(folder: folder, time: time)
        _ = try office.found(
            code: PartnerCode("GBR"),
            realm: .live,
            trustDomain: TrustDomain("gbr.example"),
            algorithm: .p256
        )
        try office.issue(.node, to: .node(NodeName("gbr-1")), algorithm: .p256)
        try office.issue(.mailboxSigning, to: .mailbox(MailboxName("j2")), algorithm: .p256)
        try office.issue(.mailboxEncryption, to: .mailbox(MailboxName("j2")), algorithm: .p256)
    }

    private var signing: String { "\(folder.path)/mailboxes/j2/signing.pem" }
    private var encryption: String { "\(folder.path)/mailboxes/j2/encryption.pem" }

    private func key(beside certificate: String) throws -> PublicKey {
        try PrivateKeyFile.read("\(certificate.dropLast(".pem".count)).key").publicKey
    }

    @Test func `a new signing key is used at once and the old certificate still verifies what it signed`() throws {
        let before = try CertificateFile.read(signing)
        let renewal = try office.renew(signing, algorithm: .p384)
        let after = try CertificateFile.readAll(signing)
        #expect(after == [renewal.certificate, before])
        #expect(renewal.certificate.publicKey.algorithm == .p384)
        #expect(try key(beside: signing) == renewal.certificate.publicKey)
        #expect(renewal.certificate.uris == before.uris)
        #expect(renewal.older == nil)
    }

    @Test func `the old encryption key is kept beside the new one`() throws {
        let before = try CertificateFile.read(encryption)
        let renewal = try office.renew(encryption, algorithm: .p256)
        let older = try #require(renewal.older)
        #expect(try CertificateFile.read(older.certificate) == before)
        #expect(try PrivateKeyFile.read(older.key).publicKey == before.publicKey)
        #expect(try key(beside: encryption) == renewal.certificate.publicKey)
        #expect(try CertificateFile.readAll(encryption) == [renewal.certificate, before])
    }

    @Test func `a node's file holds its new certificate alone, for peers are shown the whole file`() throws {
        let file = "\(folder.path)/nodes/gbr-1/certificate.pem"
        let before = try CertificateFile.read(file)
        let renewal = try office.renew(file, algorithm: .p256)
        #expect(try CertificateFile.readAll(file) == [renewal.certificate])
        #expect(renewal.certificate != before)
        #expect(
            try PrivateKeyFile.read("\(folder.path)/nodes/gbr-1/key.pem").publicKey == renewal.certificate.publicKey
        )
    }

    @Test func `certificates that were revoked or have run out do not stay`() throws {
        let revoked = try CertificateFile.read(signing)
        _ = try folder.intermediate(.mailboxes).writeRevocationList(
            adding: .init(serialNumber: revoked.serialNumber, time: time.secondsSinceEpoch, reason: .keyCompromise),
            at: time
        )
        let second = try office.renew(signing, algorithm: .p256).certificate
        #expect(try CertificateFile.readAll(signing) == [second])
        let later = CertificateOffice(folder: folder, time: time.adding(seconds: 800 * 86_400))
        let third = try later.renew(signing, algorithm: .p256).certificate
        #expect(try CertificateFile.readAll(signing) == [third])
    }

    @Test func `an interrupted renewal of an encryption key can be run again and loses no key`() throws {
        let before = try CertificateFile.read(encryption)
        let first = try #require(try office.renew(encryption, algorithm: .p256).older)
        // As if the command had ended between the new key and the new certificate.
        try WholeFile.replace(encryption, with: before.pem())
        let second = try office.renew(encryption, algorithm: .p256)
        #expect(try #require(second.older) == first)
        #expect(try PrivateKeyFile.read(first.key).publicKey == before.publicKey)
        #expect(try key(beside: encryption) == second.certificate.publicKey)
    }

    @Test func `what is not the certificate in use is not renewed`() throws {
        let copy = "\(temporary.path)/copy.pem"
        let renewed = try CertificateFile.read(signing)
        _ = try office.renew(signing, algorithm: .p256)
        try WholeFile.create(copy, with: renewed.pem(), mode: 0o644)
        #expect(throws: CommandFailure.self) { try office.renew(copy, algorithm: .p256) }
        #expect(throws: CommandFailure.self) { try office.renew(folder.root.certificatePath, algorithm: .p256) }
        #expect(throws: CommandFailure.self) { try office.renew("\(temporary.path)/missing.pem", algorithm: .p256) }
    }
}
