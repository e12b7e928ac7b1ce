import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import Foundation
import OpenSSLCrypto
import Testing

@testable import entente

/// The commands themselves, as a shell would call them.
@Suite struct `The commands of pki` {
    let temporary: TemporaryFolder
    private var path: String { "\(temporary.path)/GBR" }
    private var folder: PartnerFolder { PartnerFolder(path) }

    init() throws {
        temporary = try TemporaryFolder()
        let arguments = ["init", "--partner", "GBR", "--trust-domain", "gbr.example", "--out", "\(temporary.path)/GBR"]
        try run(arguments)
    }

    private func run(_ arguments: [String]) throws {
        var command = try PKICommand.parseAsRoot(arguments)
        try command.run()
    }

    private func numbers() throws -> [String: UInt64?] {
        Dictionary(uniqueKeysWithValues: try folder.authorities.map { ($0.name, try $0.revocationList().number) })
    }

    @Test func `without the root's key the other lists are written all the same`() throws {
        try FileManager.default.removeItem(atPath: folder.root.keyPath)
        try run(["crl", "--certs", path])
        #expect(try numbers() == ["root": 1, "nodes-ca": 2, "mailboxes-ca": 2, "people-ca": 2])
    }

    @Test func `one authority can be asked for alone, and must then have its key`() throws {
        try run(["crl", "--authority", "mailboxes-ca", "--certs", path])
        #expect(try numbers() == ["root": 1, "nodes-ca": 1, "mailboxes-ca": 2, "people-ca": 1])
        try FileManager.default.removeItem(atPath: folder.root.keyPath)
        #expect(throws: (any Error).self) { try run(["crl", "--authority", "root", "--certs", path]) }
        #expect(throws: (any Error).self) { try run(["crl", "--authority", "nobody", "--certs", path]) }
        #expect(try numbers()["root"] == 1)
    }

    @Test func `a fault in one authority leaves the lists of all as they were`() throws {
        try WholeFile.replace(folder.intermediate(.people).recordPath, with: Array("{".utf8))
        #expect(throws: (any Error).self) { try run(["crl", "--certs", path]) }
        #expect(try numbers() == ["root": 1, "nodes-ca": 1, "mailboxes-ca": 1, "people-ca": 1])
    }

    @Test func `a request whose key is certified already is refused`() throws {
        try run(["issue", "mailbox", "j2", "--certs", path])
        let key = try PrivateKeyFile.read("\(folder.path)/mailboxes/j2/signing.key")
        let request = "\(temporary.path)/request.csr"
        try WholeFile.create(request, with: try CertificateRequest(commonName: "j3", key: key).pem(), mode: 0o644)
        #expect(throws: (any Error).self) {
            try run(["sign-request", "mailbox-signing", "j3", request, "--certs", path])
        }
        #expect(!WholeFile.exists("\(folder.path)/mailboxes/j3/signing.pem"))
    }

    @Test func `a file of several kinds, in PEM or DER, is shown in words and as JSON`() throws {
        let root = try folder.root.certificate()
        let list = try folder.root.revocationList()
        let contents = try CertificateFileContents(root.pem() + list.pem(), file: "both.pem")
        #expect(contents.text.contains("profile           root certificate"))
        #expect(contents.text.contains("Revocation list of"))
        let json = try #require(contents.json.arrayValue)
        #expect(json.map { $0["kind"] } == ["certificate", "revocation-list"])
        #expect(json[0]["fingerprint"] == .string(root.fingerprint.hex))
        #expect(json[1]["number"] == 1)
        #expect(try CertificateFileContents(root.der, file: "root.der").json[0]?["subject"] == .string(root.subject))
        #expect(try CertificateFileContents(list.der, file: "crl.der").json[0]?["number"] == 1)
        for bytes in [Array("text".utf8), [0x30, 0x03, 1, 2, 3], try WholeFile.read(folder.root.keyPath)] {
            #expect(throws: CommandFailure.self) { try CertificateFileContents(bytes, file: "other") }
        }
    }

    @Test func `what is revoked names the other certificate of the mailbox, and the file may hold older ones`() throws {
        try run(["issue", "mailbox", "j2", "--certs", path])
        let file = "\(folder.path)/mailboxes/j2/signing.pem"
        try run(["renew", file, "--certs", path])
        let current = try #require(try CertificateFile.readAll(file).first)
        try run(["revoke", file, "--certs", path])
        #expect(try folder.intermediate(.mailboxes).revocationList().revokedSerialNumbers == [current.serialNumber])
        let others = try folder.issued().filter { $0.isOfSameHolder(as: current) }.map(\.path)
        #expect(others.contains { $0.hasSuffix("/encryption.pem") })
    }
}

extension JSONValue {
    fileprivate subscript(position: Int) -> JSONValue? { arrayValue?[position] }
}
