import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import TestSupport
import Testing
import TransparencyLog

@testable import EntenteClient

/// What a client demands of the proofs that a node answers with.
@Suite struct `Receipts from a node's log` {
    let coalition: CoalitionFixture
    let log: SmallLog
    let message: SealedMaterial
    let node: NodeRecord

    init() throws {
        coalition = try SharedCoalition.get()
        let gbr = try coalition.partner("GBR")
        log = try SmallLog(of: try gbr.node("gbr-1"), origin: "gbr.example/node/gbr-1")
        message = try Self.seal(to: ["FRA/cni"], in: coalition)
        node = try #require(coalition.directory.homeNode(of: try MailboxAddress("GBR/j2-fusion")))
    }

    private static func seal(to recipients: [String], in coalition: CoalitionFixture) throws -> SealedMaterial {
        let mailbox = try coalition.mailbox("GBR/j2-fusion")
        let label = try ConfidentialityLabel(
            policy: try LabelPolicyName("EXAMPLE COALITION"),
            owner: try LabelOwner("GBR"),
            classification: try Classification("SECRET")
        )
        let envelope = try OutgoingMessage(
            originator: try MailboxAddress("GBR/j2-fusion"),
            recipients: Set(try recipients.map { try MailboxAddress($0) }),
            label: label,
            precedence: .flash,
            description: ContentDescription(subject: "test", mediaType: "text/plain"),
            payload: [1, 2, 3]
        ).seal(
            id: try MessageID.generate(at: coalition.time),
            signer: CMSSigner(certificate: mailbox.signing.certificate, key: mailbox.signing.key),
            directory: coalition.directory
        )
        let received = try ReceivedEnvelope(envelope)
        return SealedMaterial(header: received.header, digest: received.digest)
    }

    private func claim(_ message: SealedMaterial) -> SubmissionClaim {
        SubmissionClaim(
            header: message.header,
            digest: message.digest,
            node: node,
            directory: coalition.directory
        )
    }

    private func refusal(_ body: () throws -> Void) -> LogReceiptError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? LogReceiptError)?.code
        }
    }

    @Test func `a release to each destination is what a submission must have`() throws {
        let receipt = try log.receipt(for: log.entry(about: message))
        try receipt.verify(log: node.log)
        try claim(message).check(released: [receipt])
        #expect(receipt.index == 1)
        #expect(receipt.sequence == 7)
        #expect(try LogReceipt(json: receipt.json) == receipt)
    }

    @Test func `the own mailboxes are covered by an acceptance, every other node by its own release`() throws {
        let message = try Self.seal(to: ["FRA/cni", "DEU/lage", "GBR/maritime-desk"], in: coalition)
        let own = try log.receipt(
            for: log.entry(about: message, ["kind": "acceptance"], without: ["destination", "sequence"])
        )
        let fra = try log.receipt(for: log.entry(about: message))
        let deu = try log.receipt(
            for: log.entry(about: message, ["destination": "spiffe://deu.example/node/deu-1"])
        )
        try claim(message).check(released: [own, fra, deu])
        #expect(refusal { try claim(message).check(released: [fra, deu]) } == .missing)
        #expect(refusal { try claim(message).check(released: [own, fra]) } == .missing)
        #expect(refusal { try claim(message).check(released: []) } == .missing)
        #expect(refusal { try claim(self.message).check(released: [deu]) } == .wrongEntry)
    }

    @Test(
        arguments: [
            ("message", "019a9e5c-5f00-7c3e-9d53-6f4ac9c1a7b2"),
            ("envelope", String(repeating: "0", count: 64)),
            ("realm", "exercise-1"),
            ("outcome", "denied"),
            ("kind", "relay"),
            ("kind", "denial"),
            ("destination", "spiffe://deu.example/node/deu-1"),
        ]
    )
    func `an entry that is in the log and says something else proves nothing`(field: String, value: String) throws {
        let receipt = try log.receipt(for: log.entry(about: message, [field: .string(value)]))
        try receipt.verify(log: node.log)
        #expect(refusal { try claim(message).check(released: [receipt]) } != nil)
    }

    @Test(arguments: ["message", "envelope", "destination", "sequence"])
    func `an entry without a field that it must have proves nothing`(field: String) throws {
        let receipt = try log.receipt(for: log.entry(about: message, without: [field]))
        #expect(refusal { try claim(message).check(released: [receipt]) } == .wrongEntry)
    }

    @Test func `a denial must be logged as one, about this message`() throws {
        let changes: [String: JSONValue] = ["kind": "denial", "outcome": "denied", "reasons": ["ceiling"]]
        let receipt = try log.receipt(for: log.entry(about: message, changes))
        try claim(message).check(denied: receipt)
        #expect(receipt.reasons == ["ceiling"])
        let release = try log.receipt(for: log.entry(about: message))
        #expect(refusal { try claim(message).check(denied: release) } == .wrongEntry)
        let other = try Self.seal(to: ["FRA/cni"], in: coalition)
        #expect(refusal { try claim(other).check(denied: receipt) } == .wrongEntry)
    }

    @Test func `a changed byte of the entry breaks the proof`() throws {
        let entry = log.entry(about: message)
        let changed = log.entry(about: message, ["sequence": 8])
        let receipt = try LogReceipt(entryBytes: changed, proof: try log.proof(of: entry))
        #expect(refusal { try receipt.verify(log: node.log) } == .notProven)
    }

    @Test func `an entry must stand where it says it stands`() throws {
        let entry = log.entry(about: message, ["index": 0])
        let receipt = try LogReceipt(entryBytes: entry, proof: try log.proof(of: entry))
        #expect(refusal { try receipt.verify(log: node.log) } == .wrongLog)
    }

    @Test func `another node's log proves nothing, and no other key signs for the own one`() throws {
        let fra = try coalition.partner("FRA")
        let foreign = try SmallLog(of: try fra.node("fra-hub"), origin: "fra.example/node/fra-hub")
        let elsewhere = try foreign.receipt(for: foreign.entry(about: message))
        #expect(refusal { try elsewhere.verify(log: node.log) } == .wrongLog)

        let forger = try SmallLog(of: try fra.node("fra-hub"), origin: "gbr.example/node/gbr-1")
        let forged = try forger.receipt(for: forger.entry(about: message))
        #expect(refusal { try forged.verify(log: node.log) } == .notProven)
    }

    @Test(arguments: ["index", "kind", "log", "outcome", "realm", "time"])
    func `an entry without what every entry has is malformed`(field: String) throws {
        let entry = log.entry(about: message, without: [field])
        #expect(refusal { _ = try LogReceipt(entryBytes: entry, proof: try log.proof(of: entry)) } == .malformed)
    }

    @Test func `an entry in another spelling is malformed`() throws {
        let entry = [UInt8(ascii: " ")] + log.entry(about: message)
        #expect(refusal { _ = try LogReceipt(entryBytes: entry, proof: try log.proof(of: entry)) } == .malformed)
    }

    @Test(
        arguments: [
            "{}", #"{"entry":"!","proof":""}"#, #"{"entry":"e30=","proof":"c2sp.org/tlog-proof@v1\n"}"#,
            #"{"entry":"e30="}"#, "[]",
        ]
    )
    func `what is no link is malformed`(text: String) throws {
        let json = try JSONValue.parse(Array(text.utf8))
        #expect(refusal { _ = try LogReceipt(json: json) } == .malformed)
    }
}
