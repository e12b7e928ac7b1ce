import CoalitionDirectory
import OpenSSLCrypto
import Relaying
import TestSupport
import Testing
import TransparencyLog

/// What the sheets say of who witnesses a node's log.
@Suite struct DirectoryWitnessTests {
    /// GBR and FRA have one node each, DEU two, and ACME none that is listed in this realm.
    private static let made = Result {
        var germany = try PartnerPlan.example("DEU")
        germany.nodes[try NodeName("deu-2")] = try Endpoint("127.0.0.1:8449")
        return try CoalitionFixture([.example("GBR"), .example("FRA"), germany, .example("ACME", realm: Realm("ex-1"))])
    }

    private let fixture: CoalitionFixture

    init() throws {
        fixture = try Self.made.get()
    }

    private func id(_ code: String, _ node: String) throws -> SPIFFEID {
        try #require(try fixture.directory.node(NodeName(node), of: PartnerCode(code))).id
    }

    private func policy(_ code: String, _ node: String, quorum: Int) throws -> WitnessPolicy {
        try fixture.directory.witnessPolicy(of: try id(code, node), quorum: quorum)
    }

    /// Whether the cosignatures of these nodes are a quorum.
    private func isQuorum(_ policy: WitnessPolicy, _ nodes: [(String, String)]) throws -> Bool {
        let names = try nodes.map { try id($0.0, $0.1).logName }
        return policy.isQuorum(Set(policy.witnesses.map(\.name).filter { names.contains("\($0)") }))
    }

    @Test func `the own partner never counts, and the nodes of another have one voice together`() throws {
        let policy = try policy("GBR", "gbr-1", quorum: 2)
        #expect(policy.logs.map(\.key.name.rawValue) == ["gbr.example/node/gbr-1"])
        #expect(
            policy.witnesses.map { "\($0.name)" }.sorted() == [
                "deu.example/node/deu-1", "deu.example/node/deu-2", "fra.example/node/fra-hub",
            ]
        )
        #expect(try !isQuorum(policy, []))
        #expect(try !isQuorum(policy, [("FRA", "fra-hub")]))
        #expect(try !isQuorum(policy, [("DEU", "deu-1"), ("DEU", "deu-2")]))
        #expect(try !isQuorum(policy, [("GBR", "gbr-1"), ("FRA", "fra-hub")]))
        for node in ["deu-1", "deu-2"] { #expect(try isQuorum(policy, [("FRA", "fra-hub"), ("DEU", node)])) }
        // Of a log of DEU, neither of its two nodes counts.
        let german = try self.policy("DEU", "deu-2", quorum: 1)
        let others = ["fra.example/node/fra-hub", "gbr.example/node/gbr-1"]
        #expect(german.witnesses.map { "\($0.name)" }.sorted() == others)
        #expect(try !isQuorum(german, [("DEU", "deu-1")]))
        #expect(try isQuorum(german, [("GBR", "gbr-1")]))
    }

    @Test func `its text is a policy that anybody reads, with the keys of the sheets`() throws {
        let policy = try policy("GBR", "gbr-1", quorum: 1)
        #expect(try WitnessPolicy(parsing: policy.bytes) == policy)
        let log = try #require(try fixture.directory.log(LogOrigin("gbr.example/node/gbr-1")))
        #expect(policy.logs.map(\.key) == [log])
        let french = try #require(try fixture.directory.witness(id("FRA", "fra-hub")))
        #expect(policy.witnesses.map(\.key).contains(french))
        // A checkpoint counts with a cosignature of a partner, and without one does not.
        let keys = try fixture.partner("GBR").node("gbr-1")
        let signer = try NoteSigner(name: log.name, key: keys.logKey)
        let checkpoint = Checkpoint(origin: try LogOrigin(log.name.rawValue), head: TreeHead(size: 3, root: .hash([1])))
        let signed = try SignedCheckpoint(signing: checkpoint, by: signer)
        #expect(!policy.judge(signed, at: .max).isAccepted)
        let cosigner = try CosignatureSigner(
            name: NoteKeyName("fra.example/node/fra-hub"),
            key: fixture.partner("FRA").node("fra-hub").logKey
        )
        let response = AddCheckpointResponse(signatures: [try cosigner.cosign(checkpoint, at: 1)])
        #expect(policy.judge(try response.added(to: signed, by: [french]), at: .max).isAccepted)
    }

    @Test(arguments: [3, 4, 100])
    func `a quorum that the sheets cannot give is refused`(quorum: Int) throws {
        #expect(throws: WitnessPolicyError.self) { try policy("GBR", "gbr-1", quorum: quorum) }
    }

    @Test func `a node that no sheet lists has no log, and every partner counts`() throws {
        let stranger = try SPIFFEID("spiffe://other.example/node/other-1")
        let policy = try fixture.directory.witnessPolicy(of: stranger, quorum: 3)
        #expect(policy.logs.isEmpty && policy.witnesses.count == 4)
        #expect(fixture.directory.witness(stranger) == nil)
        #expect(try fixture.directory.log(LogOrigin("other.example/node/other-1")) == nil)
    }
}
