import CoalitionDirectory
import Foundation
import Testing

@testable import entente

@Suite struct `Partner configuration` {
    private static let good = """
        code: GBR
        name: United Kingdom
        kind: nation
        realm: live
        trust-domain: gbr.example
        nodes:
          gbr-1: {endpoint: "127.0.0.1:8441"}
        mailboxes:
          j2-fusion: {node: gbr-1}
        officers: [release-1]
        """

    private func read(_ text: String) throws(CommandFailure) -> PartnerConfiguration {
        try PartnerConfiguration(Array(text.utf8), file: "GBR.yaml")
    }

    @Test(arguments: ["GBR", "FRA", "DEU", "JPN", "UN", "ACME"])
    func `the examples are read`(code: String) throws {
        let file = "\(sourceTree)/Config/directory/\(code).yaml"
        let configuration = try PartnerConfiguration(try WholeFile.read(file), file: file)
        #expect(configuration.code.rawValue == code)
        #expect(configuration.trustDomain.rawValue == "\(code.lowercased()).example")
        #expect(!configuration.mailboxes.isEmpty)
    }

    @Test func `everything that the file says is read`() throws {
        let configuration = try read(Self.good)
        #expect(configuration.name == "United Kingdom")
        #expect(configuration.nodes.map(\.endpoint.description) == ["127.0.0.1:8441"])
        #expect(configuration.mailboxes.map(\.homeNode.rawValue) == ["gbr-1"])
        #expect(configuration.officers.map(\.rawValue) == ["release-1"])
        #expect(try read(Self.good.replacing("realm: live\n", with: "")).realm == .live)
        #expect(try read(Self.good.replacing("realm: live", with: "realm: winter-26")).realm.rawValue == "winter-26")
    }

    @Test(arguments: [
        ("code: GBR", "code: gbr", "GBR.yaml:1:7: expected a partner code: partner code `gbr`: expected capital"),
        (
            "kind: nation", "kind: empire",
            "GBR.yaml:3:7: expected the partner's kind, one of `nation`, `organisation`, `p"
        ),
        ("code: GBR\n", "", "GBR.yaml:1:1: the partner has no `code`: add it"),
        ("realm: live", "realm: live\nlevel: 3", "GBR.yaml:5:1: unknown key `level` in the partner: expected one of"),
        ("{node: gbr-1}", "{node: gbr-2}", "GBR.yaml:9:21: expected one of the nodes of this file, got `gbr-2`"),
        ("{node: gbr-1}", "gbr-1", "GBR.yaml:9:14: expected the mailbox `j2-fusion` with the keys `node`, got `gbr-1`"),
        ("8441", "84410", "GBR.yaml:7:21: expected an endpoint: endpoint `127.0.0.1:84410`: expected a port from 1"),
        ("  gbr-1:", "  GBR-1:", "GBR.yaml:7:3: expected a node name: node name `GBR-1`: expected lower-case"),
        ("name: United Kingdom", "name:", "GBR.yaml:2:6: expected the partner's name, got nothing"),
        ("name: United Kingdom", "name: &a United Kingdom", "GBR.yaml:2:7: anchors and aliases are not accepted"),
        ("[release-1]", "[release-1, release-1]", "GBR.yaml:10:23: officer `release-1` is listed already"),
        ("[release-1]", "[registrar]", "GBR.yaml:10:12: officer `registrar` is listed already"),
        ("[release-1]", "{}", "GBR.yaml:10:11: expected the officers, got an empty mapping"),
        ("kind: nation", "kind: nation\nkind: nation", "GBR.yaml:3:1: the key `kind` stands more than once"),
        ("officers", "---\nofficers", "GBR.yaml:10:1: a second document begins here"),
        ("code: GBR", "code: [GBR", "GBR.yaml:2:5: not readable as YAML"),
    ])
    func `a mistake is named with its line, what was expected and what came`(
        old: String,
        new: String,
        message: String
    ) throws {
        let error = #expect(throws: CommandFailure.self) { try read(Self.good.replacing(old, with: new)) }
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
        #expect(error?.status == .badConfiguration)
    }

    @Test func `what is no text, no mapping or nothing at all is refused`() {
        for bytes: [UInt8] in [[], [0xFF, 0xFE], Array("- a\n".utf8), Array("a\n".utf8)] {
            let error = #expect(throws: CommandFailure.self) { try PartnerConfiguration(bytes, file: "x.yaml") }
            #expect(error?.status == .badConfiguration)
        }
    }
}
