import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import Testing

@testable import MessageEnvelope

/// Whatever can be done to a body, and what it gets.
@Suite struct ForgedBodyTests {
    let coalition: CoalitionFixture
    let envelope: Envelope

    init() throws {
        coalition = try SharedCoalition.get()
        envelope = try coalition.seal(Sealing.message(to: ["DEU/lage", "FRA/cni"]))
    }

    private func encrypt(to addresses: [String]) throws -> [UInt8] {
        let certificates = try addresses.map { try coalition.mailbox($0).encryption.certificate }
        return try CMSEncryption.encrypt([1, 2, 3], to: certificates)
    }

    /// The body under a header that its originator signs over it.
    private func signed(_ body: [UInt8]) throws -> Envelope {
        var forgery = try Forgery(envelope)
        try forgery.replaceBody(body)
        return try forgery.sign(by: "GBR/j2-fusion", in: coalition)
    }

    @Test func `a changed byte anywhere in the body is refused`() throws {
        // Behind the signature check every change is alike: the digest differs.
        for offset in stride(from: 8, to: envelope.body.count, by: 37) {
            var body = envelope.body
            body[offset] ^= 1
            expectRefusal(.bodyMismatch) {
                try ReceivedEnvelope(Envelope(header: envelope.header, body: body))
                    .verified(by: coalition.directory, releasedAt: nil, now: coalition.time)
            }
        }
    }

    @Test func `another body, of the same size or not, is refused`() throws {
        let other = try coalition.seal(Sealing.message(to: ["DEU/lage", "FRA/cni"]))
        let longer = try coalition.seal(Sealing.message(to: ["DEU/lage", "FRA/cni"], payload: [1, 2]))
        for body in [other.body, longer.body] {
            expectRefusal(.bodyMismatch) { try coalition.verify(Envelope(header: envelope.header, body: body)) }
        }
    }

    @Test(
        arguments: [
            ["FRA/cni"], ["DEU/lage"], ["DEU/lage", "FRA/cni", "GBR/maritime-desk"],
            ["DEU/lage", "GBR/maritime-desk"], ["GBR/j2-fusion"],
        ]
    )
    func `a body to one recipient less, more or other than the header names is refused`(addresses: [String]) throws {
        let envelope = try signed(encrypt(to: addresses))
        expectRefusal(.recipientKeysMismatch) { try coalition.verify(envelope) }
    }

    @Test func `a body to a key that no sheet lists is refused`() throws {
        let stranger = try coalition.partner("FRA").credential(.mailboxEncryption, for: .mailbox(MailboxName("cni")))
        let known = try coalition.mailbox("DEU/lage").encryption.certificate
        let body = try CMSEncryption.encrypt([1], to: [known, stranger.certificate])
        expectRefusal(.recipientKeysMismatch) { try coalition.verify(signed(body)) }
    }

    @Test func `a body to the signing key of a recipient is refused`() throws {
        let known = try coalition.mailbox("DEU/lage").encryption.certificate
        let signing = try coalition.mailbox("FRA/cni").signing.certificate
        let body = try CMSEncryption.encrypt([1], to: [known])
        // libcrypto does not encrypt to a certificate without key agreement, an attacker would.
        var tree = try DERTree(body)
        var second = tree[1, 0, 1, 0]
        second[3, 0, 0, 0].contents = signing.publicKey.keyIdentifier.bytes
        tree[1, 0, 1].children.append(second)
        tree[1, 0, 1].children.sort { $0.der.lexicographicallyPrecedes($1.der) }
        expectRefusal(.recipientKeysMismatch) { try coalition.verify(signed(tree.der)) }
    }

    @Test func `a body to two keys of one recipient is refused`() throws {
        let france = try coalition.partner("FRA")
        let second = try france.credential(.mailboxEncryption, for: .mailbox(MailboxName("cni")))
        let sheet = try france.signedSheet { draft in
            draft.mailboxes = draft.mailboxes.map {
                PartnerSheet.Mailbox(
                    name: $0.name,
                    homeNode: $0.homeNode,
                    signingCertificates: $0.signingCertificates,
                    encryptionCertificates: $0.encryptionCertificates + [second.certificate]
                )
            }
        }
        let others = coalition.sheets.filter { $0.sheet.code != sheet.sheet.code }
        let directory = try Directory(sheets: others + [sheet], realm: .live)
        let first = try coalition.mailbox("FRA/cni").encryption.certificate
        let known = try coalition.mailbox("DEU/lage").encryption.certificate
        func verify(_ certificates: [Certificate]) throws -> VerifiedEnvelope {
            try ReceivedEnvelope(signed(CMSEncryption.encrypt([1], to: certificates)))
                .verified(by: directory, releasedAt: nil, now: coalition.time)
        }
        #expect(throws: Never.self) { try verify([known, first]) }
        #expect(throws: Never.self) { try verify([known, second.certificate]) }
        expectRefusal(.recipientKeysMismatch) { try verify([known, first, second.certificate]) }
        expectRefusal(.recipientKeysMismatch) { try verify([first, second.certificate]) }
    }

    @Test func `a body of another form is refused, the originator's signature notwithstanding`() throws {
        let body = try DERTree(envelope.body)
        func expect(_ edit: (inout DERTree) -> Void) {
            var tree = body
            edit(&tree)
            expectRefusal(.malformedBody) { try coalition.verify(signed(tree.der)) }
        }
        // An unauthenticated attribute, another version, a nonce of another size, a recipient twice.
        expect { $0[1, 0].children.append(DERTree(0xA2, [])) }
        expect { $0[1, 0, 0].contents = [1] }
        expect { $0[1, 0, 2, 1, 1, 0].contents.append(0) }
        expect { $0[1, 0, 1].children.append($0[1, 0, 1, 0]) }
        expectRefusal(.malformedBody) { try coalition.verify(signed(envelope.header)) }
    }

    @Test func `a wrapped key that was changed under a new signature does not open`() throws {
        var tree = try DERTree(envelope.body)
        for recipient in tree[1, 0, 1].children.indices { tree[1, 0, 1, recipient, 3, 0, 1].contents[0] ^= 1 }
        let verified = try coalition.verify(signed(tree.der))
        expectRefusal(.decryptionFailed) { try coalition.open(verified, as: "FRA/cni") }
    }

    @Test func `a key of a recipient that is no longer good counts at the hops behind, not at the origin`() throws {
        let france = try coalition.partner("FRA")
        let own = try coalition.mailbox("FRA/cni").encryption.certificate
        let sheet = try france.signedSheet {
            $0.revocationLists = try france.revocationLists(number: 2, revoking: [own])
        }
        let others = coalition.sheets.filter { $0.sheet.code != sheet.sheet.code }
        let directory = try Directory(sheets: others + [sheet], realm: .live)
        let received = try ReceivedEnvelope(envelope)
        expectRefusal(.unknownRecipient) {
            try received.verified(by: directory, releasedAt: nil, now: coalition.time)
        }
        #expect(throws: Never.self) {
            try received.verified(by: directory, releasedAt: coalition.time, now: coalition.time)
        }
    }
}
