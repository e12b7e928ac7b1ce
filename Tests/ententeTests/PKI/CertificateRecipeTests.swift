import CanonicalEncoding
import CoalitionDirectory
import Foundation
import OpenSSLCrypto
import Testing

@testable import entente

@Suite struct `The recipe in Certs README` {
    @Test func `the stock openssl makes certificates that follow the profile and a sheet that holds`() throws {
        let temporary = try TemporaryFolder()
        try run(try recipe(), in: temporary)
        let folder = PartnerFolder("\(temporary.path)/Certs/GBR")
        let profiles: [(String, CertificateProfile)] = [
            ("root/certificate.pem", .root), ("nodes-ca/certificate.pem", .intermediate(.nodes)),
            ("nodes/gbr-1/certificate.pem", .node), ("mailboxes/j2-fusion/signing.pem", .mailboxSigning),
            ("mailboxes/j2-fusion/encryption.pem", .mailboxEncryption),
            ("people/registrar/certificate.pem", .officer), ("people/watch-1/certificate.pem", .operator),
        ]
        for (file, profile) in profiles {
            try profile.check(try CertificateFile.read("\(folder.path)/\(file)"))
        }

        let file = "\(sourceTree)/Config/directory/GBR.yaml"
        let configuration = try PartnerConfiguration(try WholeFile.read(file), file: file)
        let now = Timestamp.now()
        let sheet = try SheetBuilder(configuration: configuration, folder: folder, time: now).publish()
        let directory = try Directory(sheets: [sheet], realm: .live)
        for (file, id) in [
            ("nodes/gbr-1/certificate.pem", "spiffe://gbr.example/node/gbr-1"),
            ("mailboxes/maritime-desk/signing.pem", "spiffe://gbr.example/mailbox/maritime-desk"),
            ("people/watch-1/certificate.pem", "spiffe://gbr.example/operator/watch-1"),
        ] {
            let chain = try CertificateFile.readAll("\(folder.path)/\(file)")
            switch directory.authenticate(presentedChain: chain, purpose: .tlsClient, at: now) {
            case .accepted(let principal): #expect(principal.id.description == id)
            case .refused(let refusal): Issue.record("\(refusal)")
            }
        }
        let mailbox = try MailboxAddress("GBR/j2-fusion")
        #expect(try directory.encryptionCertificates(of: mailbox, now: now).count == 1)
        _ = try PrivateKeyFile.read("\(folder.path)/nodes/gbr-1/log.key")
    }

    /// The commands of the README's `sh` blocks, in order.
    private func recipe() throws -> String {
        let text = String(decoding: try WholeFile.read("\(sourceTree)/Certs/README.md"), as: UTF8.self)
        var commands = ""
        var inBlock = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "```sh" {
                inBlock = true
            } else if line == "```" {
                inBlock = false
            } else if inBlock {
                commands += line + "\n"
            }
        }
        return commands
    }

    private func run(_ commands: String, in folder: TemporaryFolder) throws {
        let script = try folder.write("set -euo pipefail\n" + commands, to: "recipe.sh")
        let log = "\(folder.path)/recipe.log"
        #expect(FileManager.default.createFile(atPath: log, contents: nil))
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [script]
        process.currentDirectoryURL = URL(filePath: folder.path)
        let output = try #require(FileHandle(forWritingAtPath: log))
        process.standardOutput = output
        process.standardError = output
        try process.run()
        process.waitUntilExit()
        let text = String(decoding: try WholeFile.read(log), as: UTF8.self)
        try #require(process.terminationStatus == 0, "\(text)")
    }
}
