import CanonicalEncoding
import CoalitionDirectory
import Foundation
import OpenSSLCrypto
import Testing

@testable import entente

@Suite struct `A partner's folder` {
    let temporary: TemporaryFolder
    let folder: PartnerFolder
    let office: CertificateOffice
    let configuration: PartnerConfiguration
    let time = Timestamp(secondsSinceEpoch: 1_795_348_800)

    init() throws {
        temporary = try TemporaryFolder()
        folder = PartnerFolder("\(temporary.path)/GBR")
        office = CertificateOffice(folder: folder, time: time)
        let file = "\(sourceTree)/Config/directory/GBR.yaml"
        configuration = try PartnerConfiguration(try WholeFile.read(file), file: file)
    }

    /// Founds GBR with everything that its example configuration names.
    private func found(algorithm: KeyAlgorithm = .p256) throws {
        _ = try office.found(
            code: configuration.code,
            realm: configuration.realm,
            trustDomain: configuration.trustDomain,
            algorithm: algorithm
        )
        for (name, _) in configuration.nodes {
            try office.issue(.node, to: .node(name), algorithm: algorithm)
            _ = try office.makeLogKey(of: name)
        }
        for (name, _) in configuration.mailboxes {
            try office.issue(.mailboxSigning, to: .mailbox(name), algorithm: algorithm)
            try office.issue(.mailboxEncryption, to: .mailbox(name), algorithm: algorithm)
        }
    }

    private func publish(at time: Timestamp? = nil) throws -> SignedSheet {
        try SheetBuilder(configuration: configuration, folder: folder, time: time ?? self.time).publish()
    }

    private func node(_ sheet: SignedSheet) throws -> IdentityVerdict {
        try Directory(sheets: [sheet], realm: .live).authenticate(
            presentedChain: try CertificateFile.readAll("\(folder.path)/nodes/gbr-1/certificate.pem"),
            purpose: .tlsServer,
            at: time
        )
    }

    @Test(arguments: [KeyAlgorithm.p256, .p384])
    func `what is founded and issued makes a sheet that a directory accepts`(algorithm: KeyAlgorithm) throws {
        try found(algorithm: algorithm)
        let sheet = try publish()
        guard case .accepted(let principal) = try node(sheet) else {
            Issue.record("refused: \(try node(sheet))")
            return
        }
        #expect(principal.id.description == "spiffe://gbr.example/node/gbr-1")
        #expect(principal.certificate.publicKey.algorithm == algorithm)
        #expect(sheet.sheet.mailboxes.map(\.name.rawValue) == ["j2-fusion", "maritime-desk"])
        #expect(try WholeFile.read(folder.sheet) == sheet.bytes)
    }

    @Test func `a partner is founded once, and what was issued is not issued again`() throws {
        try found()
        #expect(throws: CommandFailure.self) {
            try office.found(
                code: configuration.code,
                realm: .live,
                trustDomain: configuration.trustDomain,
                algorithm: .p256
            )
        }
        let before = try WholeFile.read("\(folder.path)/nodes/gbr-1/key.pem")
        #expect(throws: CommandFailure.self) {
            try office.issue(.node, to: .node(NodeName("gbr-1")), algorithm: .p256)
        }
        #expect(throws: CommandFailure.self) { try office.makeLogKey(of: NodeName("gbr-1")) }
        #expect(try WholeFile.read("\(folder.path)/nodes/gbr-1/key.pem") == before)
    }

    @Test func `every version of the sheet is kept and follows the one before`() throws {
        try found()
        let first = try publish()
        let second = try publish(at: time.adding(seconds: 1))
        #expect(second.sheet.version == 2)
        #expect(second.sheet.previous == first.digest)
        #expect(try WholeFile.read(folder.sheet(version: 1)) == first.bytes)
        #expect(try WholeFile.read(folder.sheet) == second.bytes)
    }

    @Test func `a version that an interrupted command left behind is followed and never made twice`() throws {
        try found()
        let first = try publish()
        let second = try publish(at: time.adding(seconds: 1))
        try WholeFile.replace(folder.sheet, with: first.bytes)
        let third = try publish(at: time.adding(seconds: 2))
        #expect(third.sheet.version == 3)
        #expect(third.sheet.previous == second.digest)
        try FileManager.default.removeItem(atPath: folder.sheet)
        #expect(try publish(at: time.adding(seconds: 3)).sheet.version == 4)
    }

    @Test func `a sheet ends with its revocation lists, and cannot be made after them`() throws {
        try found()
        let end = time.adding(seconds: 30 * 86_400 - CertificateProfile.backdating)
        #expect(try publish().sheet.nextUpdate == end)
        let error = #expect(throws: CommandFailure.self) { try publish(at: end) }
        #expect(error?.next?.contains("entente pki crl") == true)
        for authority in folder.authorities { _ = try authority.writeRevocationList(at: end) }
        #expect(try publish(at: end).sheet.version == 2)
    }

    @Test func `a revoked certificate stays revoked in every later list and sheet`() throws {
        try found()
        let certificate = try CertificateFile.read("\(folder.path)/nodes/gbr-1/certificate.pem")
        let authority = try PKIRevokeCommand.issuer(of: certificate, in: folder)
        #expect(authority.path == folder.intermediate(.nodes).path)
        let revocation = CertificateIssuer.Revocation(
            serialNumber: certificate.serialNumber,
            time: time.secondsSinceEpoch,
            reason: .keyCompromise
        )
        #expect(try authority.writeRevocationList(adding: revocation, at: time).number == 2)
        #expect(try authority.writeRevocationList(at: time).number == 3)
        #expect(throws: CommandFailure.self) { try authority.writeRevocationList(adding: revocation, at: time) }
        guard case .refused(let refusal) = try node(publish()) else {
            Issue.record("accepted")
            return
        }
        #expect(refusal.code == .revoked)
        // Also when the record is lost, or the last list was made by another tool.
        try FileManager.default.removeItem(atPath: authority.recordPath)
        let list = try authority.writeRevocationList(at: time)
        #expect(list.revokedSerialNumbers == [certificate.serialNumber])
    }

    @Test func `a certificate of another partner has no issuer here`() throws {
        try found()
        let other = CertificateOffice(folder: PartnerFolder("\(temporary.path)/GBR-2"), time: time)
        let root = try other.found(
            code: configuration.code,
            realm: .live,
            trustDomain: configuration.trustDomain,
            algorithm: .p256
        )
        let registrar = try CertificateFile.read("\(other.folder.registrar)/certificate.pem")
        #expect(throws: CommandFailure.self) { try PKIRevokeCommand.issuer(of: registrar, in: folder) }
        #expect(throws: CommandFailure.self) { try PKIRevokeCommand.issuer(of: root, in: folder) }
    }

    @Test func `a request gets the profile's certificate for its key, whatever name it asks for`() throws {
        try found()
        let key = try PrivateKey.generate(.p256)
        let request = try CertificateRequest(commonName: "root", organization: "FRA", key: key)
        let name = try MailboxName("liaison")
        let file = try office.sign(request, as: .mailboxSigning, to: .mailbox(name))
        let certificate = try CertificateFile.read(file)
        #expect(file == "\(folder.path)/mailboxes/liaison/signing.pem")
        #expect(certificate.publicKey == key.publicKey)
        #expect(certificate.uris == ["spiffe://gbr.example/mailbox/liaison"])
        #expect(certificate.subject == "CN=liaison,O=GBR")
        #expect(!WholeFile.exists("\(folder.path)/mailboxes/liaison/signing.key"))
        let unfit = try CertificateRequest(commonName: "x", organization: nil, key: PrivateKey.generate(.ed25519))
        #expect(throws: CommandFailure.self) {
            try office.sign(unfit, as: .mailboxEncryption, to: .mailbox(name))
        }
        #expect(throws: CommandFailure.self) { try office.sign(request, as: .node, to: .mailbox(name)) }
    }

    @Test func `an exercise's certificates name the exercise`() throws {
        let exercise = CertificateOffice(folder: PartnerFolder("\(temporary.path)/exercise"), time: time)
        let root = try exercise.found(
            code: configuration.code,
            realm: Realm("winter-26"),
            trustDomain: TrustDomain("winter-26.gbr.example"),
            algorithm: .p256
        )
        #expect(root.subject == "CN=GBR root,O=GBR exercise winter-26")
        let identity = try exercise.folder.identity()
        #expect(identity.realm.rawValue == "winter-26")
        #expect(identity.code.rawValue == "GBR")
        #expect(identity.trustDomain.rawValue == "winter-26.gbr.example")
        let error = #expect(throws: CommandFailure.self) {
            try SheetBuilder(configuration: configuration, folder: exercise.folder, time: time).publish()
        }
        #expect(error?.status == .badConfiguration)
    }

    @Test func `what is missing for a sheet is named with the command that makes it`() throws {
        let nothing = #expect(throws: CommandFailure.self) { try publish() }
        #expect(nothing?.next?.contains("entente pki init") == true)
        _ = try office.found(
            code: configuration.code,
            realm: .live,
            trustDomain: configuration.trustDomain,
            algorithm: .p256
        )
        let node = #expect(throws: CommandFailure.self) { try publish() }
        #expect(node?.next == "entente pki issue node gbr-1 --certs \(folder.path)")
        _ = try office.makeLogKey(of: NodeName("gbr-1"))
        let mailbox = #expect(throws: CommandFailure.self) { try publish() }
        #expect(mailbox?.next == "entente pki issue mailbox j2-fusion --certs \(folder.path)")
    }

    @Test func `a certificate is shown with its profile, or why it follows none`() throws {
        try found()
        let root = try CertificateFile.read(folder.root.certificatePath)
        #expect(CertificateFileContents.profile(of: root) == "root certificate")
        for (file, profile) in [
            ("nodes/gbr-1/certificate.pem", "node certificate"),
            ("mailboxes/j2-fusion/signing.pem", "mailbox signing certificate"),
            ("mailboxes/j2-fusion/encryption.pem", "mailbox encryption certificate"),
            ("people/registrar/certificate.pem", "officer certificate"),
        ] {
            #expect(CertificateFileContents.profile(of: try CertificateFile.read("\(folder.path)/\(file)")) == profile)
        }
        let key = try PrivateKey.generate(.p256)
        let stranger = try CertificateIssuer.selfSigned(
            CertificateTemplate(commonName: "x", publicKey: key.publicKey, notBefore: 0, notAfter: 1),
            key: key
        )
        #expect(CertificateFileContents.profile(of: stranger).hasPrefix("none: no-spiffe-id: "))
        #expect(throws: CommandFailure.self) {
            try CertificateFileContents(try WholeFile.read(folder.root.keyPath), file: "key.pem")
        }
    }
}
