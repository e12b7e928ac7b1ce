import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import TestSupport
import Testing

@Suite struct SealingTests {
    @Test(
        arguments: [KeyAlgorithm.p256, .p384],
        [["FRA/cni"], ["GBR/maritime-desk"], ["DEU/lage", "FRA/cni", "GBR/maritime-desk"]]
    )
    func `what is sealed verifies and opens for every recipient`(
        algorithm: KeyAlgorithm,
        recipients: [String]
    ) throws {
        let coalition = try SharedCoalition.get(algorithm)
        var message = try Sealing.message(to: recipients)
        message.description.fileName = "harbour.txt"
        message.references = MessageReferences(replyTo: try Sealing.id(), supersedes: try Sealing.id())
        let id = try Sealing.id()
        let envelope = try coalition.seal(message, id: id)
        let verified = try coalition.verify(envelope)

        let header = verified.header
        #expect(header.id == id)
        #expect(header.originator == message.originator)
        #expect(header.recipients.map(\.description) == recipients)
        #expect(header.label == message.label)
        #expect(header.precedence == message.precedence)
        #expect(header.realm == .live)
        #expect(header.dateTime == coalition.time)
        #expect(header.expires == coalition.time.adding(seconds: 7 * 86_400))
        #expect(header.references == message.references)
        #expect(header.body == CiphertextReference(of: envelope.body))
        #expect(verified.digest == .hash(envelope.header))
        #expect(verified.signer.address == message.originator)
        #expect(verified.signer.certificate == (try coalition.mailbox("GBR/j2-fusion").signing.certificate))

        for recipient in recipients {
            let opened = try coalition.open(verified, as: recipient)
            #expect(opened.payload == message.payload)
            #expect(opened.description == message.description)
            #expect(opened.header == header)
        }
    }

    @Test func `a node on the way cannot open a message, nor a mailbox that it is not for`() throws {
        let coalition = try SharedCoalition.get()
        let verified = try coalition.verify(coalition.seal())
        expectRefusal(.notARecipient) { try coalition.open(verified, as: "DEU/lage") }
        let stranger = try coalition.mailbox("DEU/lage").encryption
        expectRefusal(.decryptionFailed) {
            try verified.open(as: MailboxAddress("FRA/cni"), keys: [(stranger.certificate, stranger.key)])
        }
        expectRefusal(.decryptionFailed) { try verified.open(as: MailboxAddress("FRA/cni"), keys: []) }
    }

    @Test func `a recipient opens with an old key among several`() throws {
        let coalition = try SharedCoalition.get()
        let verified = try coalition.verify(coalition.seal())
        let france = try coalition.partner("FRA")
        let newer = try france.credential(.mailboxEncryption, for: .mailbox(MailboxName("cni")))
        let own = try coalition.mailbox("FRA/cni").encryption
        let opened = try verified.open(
            as: MailboxAddress("FRA/cni"),
            keys: [(newer.certificate, newer.key), (own.certificate, own.key)]
        )
        #expect(opened.header == verified.header)
    }

    @Test func `an empty payload and one of 16 MiB go through, one byte more does not`() throws {
        let coalition = try SharedCoalition.get()
        for payload in [[], [UInt8](repeating: 0x0A, count: OutgoingMessage.maximumPayloadSize)] {
            let verified = try coalition.verify(coalition.seal(Sealing.message(payload: payload)))
            #expect(try coalition.open(verified, as: "FRA/cni").payload == payload)
        }
        let tooMuch = [UInt8](repeating: 0, count: OutgoingMessage.maximumPayloadSize + 1)
        expectRefusal(.tooLarge) { try coalition.seal(Sealing.message(payload: tooMuch)) }
    }

    @Test func `the largest payload to the most recipients with the longest description fits into a body`() throws {
        let coalition = try SharedCoalition.get(.p384)
        let certificates = try ["DEU/lage", "FRA/cni"].map { try coalition.mailbox($0).encryption.certificate }
        let one = try CMSEncryption.encrypt([], to: [certificates[0]]).count
        let perRecipient = try CMSEncryption.encrypt([], to: certificates).count - one
        // Lengths take up to four bytes more, at each of the seven elements that grow.
        let frame = one + (MessageHeader.maximumRecipients - 1) * perRecipient + 7 * 4
        let content = 64 + 4096 + 1 + OutgoingMessage.maximumPayloadSize
        #expect(frame + content <= Envelope.maximumBodySize)
    }

    @Test func `two seals of one message have nothing in common but what the header says`() throws {
        let coalition = try SharedCoalition.get()
        let id = try Sealing.id()
        let first = try coalition.verify(coalition.seal(id: id))
        let second = try coalition.verify(coalition.seal(id: id))
        #expect(first.header.commitment != second.header.commitment)
        #expect(first.header.body.digest != second.header.body.digest)
        #expect(first.header.binding == second.header.binding)
    }

    @Test func `nothing is sealed that would be refused`() throws {
        let coalition = try SharedCoalition.get()
        func expect(_ code: EnvelopeError.Code, edit: (inout OutgoingMessage) throws -> Void) throws {
            var message = try Sealing.message()
            try edit(&message)
            expectRefusal(code) { try coalition.seal(message) }
        }
        try expect(.malformedHeader) { $0.recipients = [] }
        try expect(.unknownRecipient) { $0.recipients.insert(try MailboxAddress("FRA/nobody")) }
        try expect(.unknownRecipient) { $0.recipients.insert(try MailboxAddress("JPN/maritime-ops")) }
        for life: Int64 in [0, -1, 30 * 86_400 + 1, Int64.max, Int64.min] {
            try expect(.invalidTime) { $0.life = life }
        }
        try expect(.malformedContent) { $0.description.subject = String(repeating: "a", count: 257) }
        try expect(.malformedContent) { $0.description.subject = "Harbour\u{1B}[2J" }
        try expect(.malformedContent) { $0.description.fileName = "../.ssh/authorized_keys" }
        try expect(.malformedContent) { $0.description.mediaType = "text" }
        try expect(.tooLarge) {
            $0.label = try Sealing.label(compartments: (0..<4000).map { "COMPARTMENT-\($0)" })
        }
        // The signature of one mailbox under the name of another.
        expectRefusal(.signerNotOriginator) {
            try Sealing.message().seal(
                id: Sealing.id(),
                signer: coalition.signer("GBR/maritime-desk"),
                directory: coalition.directory
            )
        }
        let encryption = try coalition.mailbox("GBR/j2-fusion").encryption
        expectRefusal(.unknownSigner) {
            try Sealing.message().seal(
                id: Sealing.id(),
                signer: CMSSigner(certificate: encryption.certificate, key: encryption.key),
                directory: coalition.directory
            )
        }
    }

    @Test func `an exercise message carries the name of the exercise and is refused in live traffic`() throws {
        let exercise = try SharedCoalition.getExercise()
        let live = try SharedCoalition.get()
        let envelope = try exercise.seal()
        #expect(try exercise.verify(envelope).header.realm.rawValue == "northern-wall")
        expectRefusal(.wrongRealm) { try live.verify(envelope) }
        expectRefusal(.wrongRealm) { try exercise.verify(live.seal()) }
    }
}
