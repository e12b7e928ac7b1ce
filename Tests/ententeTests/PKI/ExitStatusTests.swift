import ArgumentParser
import Testing

@testable import entente

@Suite struct `Exit statuses of pki and partner` {
    private func status(_ type: any ParsableCommand.Type, _ arguments: [String]) -> Int32 {
        do {
            var command = try type.parseAsRoot(arguments)
            try command.run()
            return 0
        } catch {
            return type.exitCode(for: error).rawValue
        }
    }

    @Test func `each kind of mistake has its status`() throws {
        let folder = try TemporaryFolder()
        let certificates = "\(folder.path)/GBR"
        let bad = try folder.write("code: GBR\ncode: GBR\n", to: "bad.yaml")
        let good = "\(sourceTree)/Config/directory/GBR.yaml"
        #expect(
            status(PKICommand.self, ["init", "--partner", "gbr", "--trust-domain", "x.example", "--out", "x"]) == 64
        )
        #expect(status(PKICommand.self, ["issue", "node", "GBR", "--certs", certificates]) == 64)
        #expect(status(PKICommand.self, ["sign-request", "node", "..", "x.csr", "--certs", certificates]) == 64)
        #expect(status(PKICommand.self, ["show", "\(folder.path)/none.pem"]) == 1)
        #expect(status(PartnerCommand.self, ["sheet", "--config", bad, "--certs", certificates]) == 11)
        #expect(status(PartnerCommand.self, ["sheet", "--config", good, "--certs", certificates]) == 1)
        #expect(status(PartnerCommand.self, ["verify", "x.cms", "--partner", "GBR"]) == 64)
        let arguments = ["init", "--partner", "GBR", "--trust-domain", "gbr.example", "--out", certificates]
        #expect(status(PKICommand.self, arguments) == 0)
        #expect(status(PKICommand.self, arguments) == 1)
    }
}
