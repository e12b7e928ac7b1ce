import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import SecurityLabels
import TestSupport
import Testing

@testable import MessageEnvelope

@Suite struct DeliveryReceiptTests {
    let coalition: CoalitionFixture
    let envelope: Envelope
    let received: ReceivedEnvelope

    init() throws {
        coalition = try SharedCoalition.get()
        envelope = try coalition.seal(Sealing.message(to: ["DEU/lage", "FRA/cni"]))
        received = try ReceivedEnvelope(envelope)
    }

    private func receipt(
        of envelope: Envelope? = nil,
        by recipient: String = "FRA/cni",
        signing address: String? = nil,
        in coalition: CoalitionFixture? = nil
    ) throws -> DeliveryReceipt {
        let coalition = coalition ?? self.coalition
        let opened = try coalition.open(coalition.verify(envelope ?? self.envelope), as: recipient)
        let signing = try coalition.mailbox(address ?? recipient).signing
        return try opened.receipt(certificate: signing.certificate, key: signing.key, at: coalition.time)
    }

    private func verify(_ receipt: DeliveryReceipt, signedAt: Timestamp? = nil) throws -> VerifiedDeliveryReceipt {
        try received.verify(receipt, by: coalition.directory, signedAt: signedAt, now: coalition.time)
    }

    @Test(arguments: [KeyAlgorithm.p256, .p384])
    func `every recipient's receipt verifies, for the envelope and for its stored header`(
        algorithm: KeyAlgorithm
    ) throws {
        let coalition = try SharedCoalition.get(algorithm)
        let envelope = try coalition.seal(Sealing.message(to: ["DEU/lage", "FRA/cni"]))
        for recipient in ["DEU/lage", "FRA/cni"] {
            let receipt = try receipt(of: envelope, by: recipient, in: coalition)
            let again = try DeliveryReceipt(bytes: receipt.bytes)
            let verified = try ReceivedEnvelope(envelope)
                .verify(again, by: coalition.directory, signedAt: nil, now: coalition.time)
            #expect(verified.recipient.description == recipient)
            #expect(verified.receipt == receipt)
            let stored = try StoredHeader(der: envelope.header)
            let late = coalition.time.adding(seconds: 86_400)
            let known = try stored.verify(receipt, by: coalition.directory, signedAt: coalition.time, now: late)
            #expect(known.recipient.description == recipient)
        }
    }

    @Test func `a receipt for another message is refused, also of the same content under the same id`() throws {
        let other = try coalition.seal(Sealing.message(to: ["DEU/lage", "FRA/cni"]))
        let twin = try coalition.seal(
            Sealing.message(to: ["DEU/lage", "FRA/cni"]),
            id: received.header.id
        )
        // The same header, signed a second time.
        let again = try Forgery(envelope).sign(by: "GBR/j2-fusion", in: coalition)
        #expect(again.header != envelope.header)
        for envelope in [other, twin, again] {
            expectRefusal(.invalidSignature) { try verify(receipt(of: envelope)) }
        }
    }

    @Test func `a receipt by a mailbox that the message is not for is refused`() throws {
        for stranger in ["GBR/maritime-desk", "GBR/j2-fusion"] {
            expectRefusal(.notARecipient) { try verify(receipt(signing: stranger)) }
        }
    }

    @Test func `one recipient's receipt does not pass for another's`() throws {
        // Germany's signature under France's key identifier, which no signature covers.
        var tree = try DERTree(receipt(by: "DEU/lage").bytes)
        let france = try coalition.mailbox("FRA/cni").signing.certificate
        tree[1, 0, 3, 0, 1].contents = france.publicKey.keyIdentifier.bytes
        expectRefusal(.invalidSignature) { try verify(DeliveryReceipt(bytes: tree.der)) }
    }

    @Test func `a receipt signed with an encryption key, or by a stranger, is refused`() throws {
        let opened = try coalition.open(coalition.verify(envelope), as: "FRA/cni")
        let stranger = try coalition.partner("FRA").credential(.mailboxSigning, for: .mailbox(MailboxName("cni")))
        let encryption = try coalition.mailbox("FRA/cni").encryption
        for credential in [stranger, encryption] {
            expectRefusal(.unknownSigner) {
                try verify(
                    opened.receipt(certificate: credential.certificate, key: credential.key, at: coalition.time)
                )
            }
        }
        expectRefusal(.malformedReceipt) {
            try opened.receipt(certificate: encryption.certificate, key: stranger.key, at: coalition.time)
        }
    }

    @Test func `a receipt by a recipient whose certificate is revoked is refused`() throws {
        let france = try coalition.partner("FRA")
        let own = try coalition.mailbox("FRA/cni").signing.certificate
        let sheet = try france.signedSheet {
            $0.revocationLists = try france.revocationLists(number: 2, revoking: [own])
        }
        let others = coalition.sheets.filter { $0.sheet.code != sheet.sheet.code }
        let directory = try Directory(sheets: others + [sheet], realm: .live)
        let receipt = try receipt()
        expectRefusal(.unknownSigner) {
            try received.verify(receipt, by: directory, signedAt: coalition.time, now: coalition.time)
        }
    }

    @Test func `every truncation and every other form is refused`() throws {
        let bytes = try receipt().bytes
        for count in bytes.indices {
            expectRefusal(.malformedReceipt) { try verify(DeliveryReceipt(bytes: Array(bytes[..<count]))) }
        }
        expectRefusal(.malformedReceipt) { try verify(DeliveryReceipt(bytes: bytes + [0])) }
        // The header itself, which is a signed message and no receipt.
        expectRefusal(.malformedReceipt) { try verify(DeliveryReceipt(bytes: envelope.header)) }
        expectRefusal(.tooLarge) {
            try DeliveryReceipt(bytes: [UInt8](repeating: 0x30, count: DeliveryReceipt.maximumSize + 1))
        }
    }

    @Test func `no single bit of a receipt can be flipped`() throws {
        let bytes = try receipt().bytes
        for offset in bytes.indices {
            var changed = bytes
            changed[offset] ^= 1 << UInt8(offset % 8)
            #expect(throws: EnvelopeError.self) { try verify(DeliveryReceipt(bytes: changed)) }
        }
    }

    @Test func `a stored header that is none is refused`() throws {
        expectRefusal(.malformedEnvelope) { try StoredHeader(der: []) }
        expectRefusal(.malformedEnvelope) { try StoredHeader(der: envelope.body) }
        expectRefusal(.malformedEnvelope) { try StoredHeader(der: envelope.header + [0]) }
    }
}
