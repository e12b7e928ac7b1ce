import CanonicalEncoding
import CoalitionDirectory
import Foundation
import OpenSSLCrypto
import Testing

@testable import entente

@Suite struct `The recipe in Certs README` {
    @Test func `the stock openssl makes certificates that follow the profile and a sheet that holds`() throws {
        let temporary = try TemporaryFolder()
        try run(try blocks("sh").joined(), in: temporary)
        try check(temporary)
    }

    /// `step` is no package of Debian, so this test runs where it has been installed.
    @Test(.enabled("`step` is not on the PATH") { Self.isOnThePath("step") })
    func `step makes certificates that follow the profile and a sheet that holds`() throws {
        let temporary = try TemporaryFolder()
        let openssl = try blocks("sh")
        let made = try #require(openssl.first { $0.contains("cat > profile.cnf") })
        let lists = try #require(openssl.first { $0.contains("-gencrl") })
        let logKey = try #require(openssl.first { $0.contains("log.vkey") })
        let chain = try #require(openssl.first { $0.contains("openssl verify") })
        let step = try #require(try blocks("sh step").first)
        try run([step, "cd ../..\n", made, lists, logKey, chain].joined(), in: temporary)
        try check(temporary)
    }

    /// Runs where there is no `step` too: other order of extensions, other kind of string, keys of RFC 5915.
    @Test func `certificates and keys in the form that step writes them are taken as well`() throws {
        var recipe = try blocks("sh").joined()
        for (old, new) in [
            (
                "basicConstraints = critical, CA:TRUE, pathlen:1\nkeyUsage = critical, keyCertSign, cRLSign\n",
                "keyUsage = critical, keyCertSign, cRLSign\nbasicConstraints = critical, CA:TRUE, pathlen:1\n"
            ),
            (
                "basicConstraints = critical, CA:TRUE, pathlen:0\nkeyUsage = critical, keyCertSign, cRLSign\n",
                "keyUsage = critical, keyCertSign, cRLSign\nbasicConstraints = critical, CA:TRUE, pathlen:0\n"
            ),
            ("prompt = no\n", "prompt = no\nstring_mask = pkix\n"),
            ("    rm request.csr\n", "    rm request.csr\n    openssl ec -in \"$6\" -out \"$6\" 2>/dev/null\n"),
        ] {
            try #require(recipe.components(separatedBy: old).count == 2, "expected `\(old)` once in the recipe")
            recipe = recipe.replacingOccurrences(of: old, with: new)
        }
        let temporary = try TemporaryFolder()
        try run(recipe + "grep -q 'BEGIN EC PRIVATE KEY' nodes/gbr-1/key.pem\n", in: temporary)
        try check(temporary)
        let key = try PrivateKeyFile.read("\(temporary.path)/Certs/GBR/nodes/gbr-1/key.pem")
        let certificate = try CertificateFile.read("\(temporary.path)/Certs/GBR/nodes/gbr-1/certificate.pem")
        #expect(key.publicKey == certificate.publicKey)
    }

    private static func isOnThePath(_ program: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    /// Certificates follow their profiles, and a sheet made of them gives a directory that accepts them.
    private func check(_ temporary: TemporaryFolder) throws {
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

    /// The commands of the README's blocks with this word behind their fence, in order.
    private func blocks(_ word: String) throws -> [String] {
        let text = String(decoding: try WholeFile.read("\(sourceTree)/Certs/README.md"), as: UTF8.self)
        var blocks: [String] = []
        var inBlock = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "```\(word)" {
                inBlock = true
                blocks.append("")
            } else if line == "```" {
                inBlock = false
            } else if inBlock {
                blocks[blocks.count - 1] += line + "\n"
            }
        }
        return blocks
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
