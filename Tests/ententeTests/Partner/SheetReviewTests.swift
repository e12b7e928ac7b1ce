import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import Testing

@testable import entente

@Suite struct `The review of a sheet` {
    let temporary: TemporaryFolder
    let folder: PartnerFolder
    let office: CertificateOffice
    let configuration: PartnerConfiguration
    let time = Timestamp(secondsSinceEpoch: 1_795_348_800)
    private let day: Int64 = 86_400

    init() throws {
        temporary = try TemporaryFolder()
        folder = PartnerFolder("\(temporary.path)/GBR")
        office = CertificateOffice(folder: folder, time: time)
        let file = "\(sourceTree)/Config/directory/GBR.yaml"
        configuration = try PartnerConfiguration(try WholeFile.read(file), file: file)
        _ = try office.found(
            code: configuration.code,
            realm: configuration.realm,
            trustDomain: configuration.trustDomain,
            algorithm: .p256
        )
        for (name, _) in configuration.nodes {
            try office.issue(.node, to: .node(name), algorithm: .p256)
            _ = try office.makeLogKey(of: name)
        }
        for (name, _) in configuration.mailboxes {
            try office.issue(.mailboxSigning, to: .mailbox(name), algorithm: .p256)
            try office.issue(.mailboxEncryption, to: .mailbox(name), algorithm: .p256)
        }
    }

    private func publish(after seconds: Int64 = 0) throws -> (sheet: PartnerSheet, warnings: [String]) {
        var warnings: [String] = []
        let builder = SheetBuilder(configuration: configuration, folder: folder, time: time.adding(seconds: seconds))
        let signed = try builder.publish { warnings.append($0) }
        return (signed.sheet, warnings)
    }

    private func signing(_ mailbox: String) -> String { "\(folder.path)/mailboxes/\(mailbox)/signing.pem" }

    private func revoke(_ certificate: Certificate) throws {
        _ = try folder.intermediate(.mailboxes).writeRevocationList(
            adding: .init(serialNumber: certificate.serialNumber, time: time.secondsSinceEpoch, reason: .keyCompromise),
            at: time
        )
    }

    @Test func `a sheet of what was just made has nothing to warn of`() throws {
        #expect(try publish().warnings == [])
    }

    @Test func `a sheet that is in force for a few days only is published with a warning`() throws {
        let warnings = try publish(after: 25 * day).warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasPrefix("the sheet is in force until 2026-12-") == true)
    }

    @Test func `a certificate that ends soon is named until it is renewed`() throws {
        for authority in folder.authorities {
            _ = try authority.writeRevocationList(at: time.adding(seconds: 725 * day))
        }
        let late = CertificateOffice(folder: folder, time: time.adding(seconds: 725 * day))
        for (name, _) in configuration.mailboxes {
            _ = try late.renew("\(folder.mailbox(name))/encryption.pem", algorithm: .p256)
        }
        _ = try late.renew(signing("j2-fusion"), algorithm: .p256)
        _ = try late.renew("\(folder.registrar)/certificate.pem", algorithm: .p256)
        let warnings = try publish(after: 725 * day).warnings
        #expect(warnings.filter { $0.contains("mailbox `maritime-desk` for signing ends at") }.count == 1)
        #expect(!warnings.contains { $0.contains("j2-fusion") || $0.contains("encryption") })
    }

    @Test func `a revoked certificate is left out, and its mailbox when it has no other`() throws {
        let first = try CertificateFile.read(signing("j2-fusion"))
        _ = try publish()
        try revoke(first)
        let without = try publish(after: 1)
        #expect(without.sheet.mailboxes.map(\.name.rawValue) == ["maritime-desk"])
        #expect(without.warnings.contains { $0.hasPrefix("mailbox `j2-fusion` is left out") })
        let second = try office.renew(signing("j2-fusion"), algorithm: .p256).certificate
        let again = try publish(after: 2)
        #expect(again.sheet.mailboxes.map(\.name.rawValue) == ["j2-fusion", "maritime-desk"])
        #expect(again.sheet.mailboxes.first?.signingCertificates == [second])
        #expect(again.warnings == [])
    }

    @Test func `a certificate that is dropped while it is good is missed`() throws {
        let first = try CertificateFile.read(signing("j2-fusion"))
        _ = try publish()
        let second = try office.renew(signing("j2-fusion"), algorithm: .p256).certificate
        try WholeFile.replace(signing("j2-fusion"), with: second.pem())
        let warnings = try publish(after: 1).warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("no longer lists certificate \(first.serialNumber) of mailbox") == true)
    }

    @Test func `a mailbox with certificates that is not configured is mentioned`() throws {
        try office.issue(.mailboxSigning, to: .mailbox(MailboxName("forgotten")), algorithm: .p256)
        #expect(try publish().warnings.first?.hasPrefix("mailbox `forgotten` has certificates") == true)
    }

    @Test func `another log key for a node that has one is refused before anything is written`() throws {
        let published = try publish().sheet
        let node = try #require(configuration.nodes.first?.name)
        let other = try PrivateKey.generate(.ed25519)
        let key = try LogVerifierKey(origin: "gbr.example/node/\(node)", publicKey: other.publicKey)
        try WholeFile.replace("\(folder.node(node))/log.vkey", with: Array("\(key)\n".utf8))
        let failure = #expect(throws: CommandFailure.self) { try publish(after: 1) }
        #expect(failure?.message.contains("a log goes on under its own key only") == true)
        #expect(!WholeFile.exists(folder.sheet(version: published.version + 1)))
        // Unless somebody says that the log has ended; of another node that says nothing.
        var builder = SheetBuilder(configuration: configuration, folder: folder, time: time.adding(seconds: 1))
        builder.newLogs = [try NodeName("another")]
        #expect(throws: CommandFailure.self) { try builder.publish() }
        builder.newLogs = [node]
        #expect(try builder.publish().sheet.nodes.first { $0.name == node }?.log == key)
    }

    @Test func `a sheet in words says which certificate is revoked`() throws {
        let sheet = try publish().sheet
        #expect(!SheetDescription.describe(sheet).contains("REVOKED"))
        let revoked = try CertificateFile.read(signing("j2-fusion"))
        try revoke(revoked)
        let lists = try folder.authorities.map { try CertificateFile.readRevocationList($0.revocationListPath) }
        let edited = try PartnerSheet(
            code: sheet.code,
            name: sheet.name,
            kind: sheet.kind,
            realm: sheet.realm,
            trustDomain: sheet.trustDomain,
            version: sheet.version,
            previous: sheet.previous,
            issuedAt: sheet.issuedAt,
            nextUpdate: sheet.nextUpdate,
            roots: sheet.roots,
            intermediates: sheet.intermediates,
            revocationLists: lists,
            nodes: sheet.nodes,
            mailboxes: sheet.mailboxes,
            officers: sheet.officers
        )
        let text = SheetDescription.describe(edited)
        #expect(text.split(separator: "\n").filter { $0.hasSuffix(", REVOKED") }.count == 1)
    }
}
