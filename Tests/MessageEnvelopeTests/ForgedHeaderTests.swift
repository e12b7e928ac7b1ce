import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import SecurityLabels
import TestSupport
import Testing

@testable import MessageEnvelope

/// Whatever a mailbox or a node on the way can do to a header, and what it gets.
@Suite struct ForgedHeaderTests {
    let coalition: CoalitionFixture
    let envelope: Envelope

    init() throws {
        coalition = try SharedCoalition.get()
        envelope = try coalition.seal()
    }

    private func expect(
        _ code: EnvelopeError.Code,
        signedBy address: String = "GBR/j2-fusion",
        now: Timestamp? = nil,
        sourceLocation: SourceLocation = #_sourceLocation,
        edit: (inout Forgery) throws -> Void
    ) throws {
        var forgery = try Forgery(envelope)
        try edit(&forgery)
        let forged = try forgery.sign(by: address, in: coalition)
        expectRefusal(code, sourceLocation: sourceLocation) { try coalition.verify(forged, now: now) }
    }

    @Test func `the forger that changes nothing is believed`() throws {
        let again = try Forgery(envelope).sign(by: "GBR/j2-fusion", in: coalition)
        #expect(try coalition.open(coalition.verify(again), as: "FRA/cni").payload == Sealing.message().payload)
    }

    @Test(arguments: ["GBR/maritime-desk", "FRA/cni", "DEU/lage"])
    func `a mailbox of the same or another partner does not sign for the originator`(address: String) throws {
        try expect(.signerNotOriginator, signedBy: address) { _ in }
    }

    @Test func `a body under the header of another originator verifies and does not open`() throws {
        var forgery = try Forgery(envelope)
        // Everything that a hub can see is copied, the commitment too.
        try forgery.edit(id: Sealing.id(), originator: "DEU/lage")
        let verified = try coalition.verify(forgery.sign(by: "DEU/lage", in: coalition))
        expectRefusal(.bindingMismatch) { try coalition.open(verified, as: "FRA/cni") }
    }

    @Test func `a body under another header of its own originator does not open either`() throws {
        let other = try Sealing.id()
        let edits: [(inout Forgery) throws -> Void] = [
            { try $0.edit(id: other) },
            { try $0.edit(label: try Sealing.label("OFFICIAL")) },
            { try $0.edit(references: MessageReferences(replyTo: other)) },
            { try $0.edit(references: MessageReferences(recalls: other)) },
        ]
        for edit in edits {
            var forgery = try Forgery(envelope)
            try edit(&forgery)
            let verified = try coalition.verify(forgery.sign(by: "GBR/j2-fusion", in: coalition))
            expectRefusal(.bindingMismatch) { try coalition.open(verified, as: "FRA/cni") }
        }
    }

    @Test func `a header that commits to other content verifies and does not open`() throws {
        var forgery = try Forgery(envelope)
        try forgery.edit(commitment: .hash([1]))
        let verified = try coalition.verify(forgery.sign(by: "GBR/j2-fusion", in: coalition))
        expectRefusal(.commitmentMismatch) { try coalition.open(verified, as: "FRA/cni") }
    }

    @Test func `content that is bound to nothing, or is none, does not open`() throws {
        let certificate = try coalition.mailbox("FRA/cni").encryption.certificate
        let binding = try ReceivedEnvelope(envelope).header.binding.bytes
        let salt = [UInt8](repeating: 7, count: 32)
        let description = Array(#"{"media-type":"text/plain","subject":""}"#.utf8)
        let vectors: [([UInt8], EnvelopeError.Code)] = [
            ([], .malformedContent), (binding + salt, .malformedContent),
            (binding + salt + description, .malformedContent),
            (salt + salt + description + [0x0A], .bindingMismatch),
            (binding + salt + [0x20] + description + [0x0A], .malformedContent),
            (binding + salt + Array(#"{"media-type":"text/plain"}"#.utf8) + [0x0A], .malformedContent),
        ]
        for (content, code) in vectors {
            var forgery = try Forgery(envelope)
            try forgery.replaceBody(CMSEncryption.encrypt(content, to: [certificate]))
            try forgery.edit(commitment: .hash(content))
            let verified = try coalition.verify(forgery.sign(by: "GBR/j2-fusion", in: coalition))
            expectRefusal(code) { try coalition.open(verified, as: "FRA/cni") }
        }
    }

    @Test func `a changed header has no signature`() throws {
        var tree = try DERTree(envelope.header)
        let json = String(decoding: tree[1, 0, 2, 1, 0].contents, as: UTF8.self)
        tree[1, 0, 2, 1, 0].contents = Array(json.replacing("PRIORITY", with: "FLASH").utf8)
        expectRefusal(.invalidSignature) { try coalition.verify(Envelope(header: tree.der, body: envelope.body)) }
    }

    @Test func `the security label and the receipt request say what the JSON says, or the header is refused`() throws {
        let header = try ReceivedEnvelope(envelope).header
        let honest = try header.signedAttributes(originator: SPIFFEID("spiffe://gbr.example/mailbox/j2-fusion"))
        let oid = MessageHeader.labelPolicyOID
        func label(_ policy: String, _ classification: Int?, _ mark: String?) throws -> CMSAttribute {
            try #require(
                ESSSecurityLabel(policyIdentifier: policy, classification: classification, privacyMark: mark)
            ).attribute
        }
        func request(_ id: String, _ uri: String) throws -> CMSAttribute {
            try #require(ESSReceiptRequest(contentIdentifier: Array(id.utf8), receiptsTo: uri)).attribute
        }
        let uri = "spiffe://gbr.example/mailbox/j2-fusion"
        let vectors: [[CMSAttribute]] = [
            [], [honest[0]], [honest[1]],
            [try label(oid, nil, "GBR OFFICIAL//REL TO DEU, FRA//INTREP"), honest[1]],
            [try label(oid, 4, header.label.marking), honest[1]], [try label(oid, nil, nil), honest[1]],
            [try label("2.25.1", nil, header.label.marking), honest[1]],
            [honest[0], try request("\(Sealing.id())", uri)],
            [honest[0], try request("\(header.id)", "spiffe://fra.example/mailbox/cni")],
        ]
        for attributes in vectors {
            try expect(.attributeMismatch) { $0.attributes = attributes }
        }
        try expect(.attributeMismatch) { $0.signingTime += 1 }
        #expect(throws: Never.self) {
            try coalition.verify(Forgery(envelope).sign(by: "GBR/j2-fusion", in: coalition))
        }
    }

    @Test func `an expired message is refused, to the millisecond`() throws {
        let expires = coalition.time.adding(milliseconds: 5)
        var forgery = try Forgery(envelope)
        try forgery.edit(expires: expires)
        let signed = try forgery.sign(by: "GBR/j2-fusion", in: coalition)
        #expect(throws: Never.self) { try coalition.verify(signed, now: expires.adding(milliseconds: -1)) }
        expectRefusal(.expired) { try coalition.verify(signed, now: expires) }
    }

    @Test func `a message from more than two hours ahead is refused`() throws {
        let time = coalition.time.adding(seconds: 3 * 86_400)
        let early = try coalition.seal(id: Sealing.id(at: time))
        let skew = ReceivedEnvelope.toleratedSkew
        #expect(throws: Never.self) { try coalition.verify(early, now: time.adding(seconds: -skew)) }
        expectRefusal(.invalidTime) {
            try coalition.verify(early, now: time.adding(seconds: -skew).adding(milliseconds: -1))
        }
    }

    @Test func `a recipient that no sheet lists is refused as such`() throws {
        try expect(.unknownRecipient) { try $0.edit(recipients: ["FRA/cni", "FRA/nobody"]) }
        try expect(.unknownRecipient) { try $0.edit(recipients: ["FRA/cni", "JPN/maritime-ops"]) }
    }

    @Test func `a signer that no sheet lists is refused`() throws {
        let stranger = try SharedCoalition.getExercise()
        var forgery = try Forgery(envelope)
        try forgery.edit(originator: "GBR/j2-fusion")
        let signed = try forgery.sign(by: "GBR/j2-fusion", in: stranger)
        expectRefusal(.unknownSigner) { try coalition.verify(signed) }
    }
}
