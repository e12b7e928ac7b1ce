import CanonicalEncoding
import CoalitionDirectory
import Foundation
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import TestSupport
import Testing

/// Runs the commands that `Docs/envelope.md` tells its readers to run, exactly as they stand there.
@Suite struct DocumentedCommandTests {
    /// The block of the document that begins with this fence: ```` ```sh <name> ````.
    private static func commands(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let text = try String(contentsOf: root.appending(path: "Docs/envelope.md"), encoding: .utf8)
        let blocks = text.components(separatedBy: "\n```sh \(name)\n")
        try #require(blocks.count == 2, "expected one block `\(name)` in Docs/envelope.md")
        return try #require(blocks[1].components(separatedBy: "\n```\n").first)
    }

    /// A message from GBR/j2-fusion to DEU/lage and FRA/cni, with all that its reader in FRA has at hand.
    private struct Reader {
        let coalition: CoalitionFixture
        let message: OutgoingMessage
        let envelope: Envelope
        let command: OpenSSLCommand

        init(_ algorithm: KeyAlgorithm) throws {
            // The commands judge certificates by the clock of the machine.
            coalition = try CoalitionFixture(["GBR", "FRA", "DEU"], algorithm: algorithm, at: .now())
            var message = try Sealing.message(
                to: ["DEU/lage", "FRA/cni"],
                payload: Array("first line\n\nthird line, and bytes: ".utf8) + [0, 0xFF, 0x0D, 0x0A, 0x80]
            )
            message.references = MessageReferences(replyTo: try Sealing.id())
            self.message = message
            envelope = try coalition.seal(message)
            let recipient = try coalition.mailbox("FRA/cni")
            let opened = try coalition.open(coalition.verify(envelope), as: "FRA/cni")
            let receipt = try opened.receipt(
                certificate: recipient.signing.certificate,
                key: recipient.signing.key,
                at: coalition.time
            )
            command = try OpenSSLCommand(files: [
                "message.envelope": envelope.bytes,
                "originator.pem": try coalition.mailbox("GBR/j2-fusion").signing.certificate.pem(),
                "recipient.pem": recipient.encryption.certificate.pem(),
                "recipient.key": try recipient.encryption.key.pem(),
                "recipient-signing.pem": recipient.signing.certificate.pem(),
                "receipt.der": receipt.bytes,
                "originator-authorities.pem": try Self.authorities(coalition.partner("GBR")),
                "recipient-authorities.pem": try Self.authorities(coalition.partner("FRA")),
            ])
        }

        /// Roots, intermediates and revocation lists of a partner.
        private static func authorities(_ partner: PartnerFixture) throws -> [UInt8] {
            try partner.authorities.flatMap { $0.certificate.pem() }
                + partner.revocationLists().flatMap { $0.pem() }
        }

        func run(_ names: String...) throws -> OpenSSLCommand.Outcome {
            try command.run(names.map { try commands($0) }.joined(separator: "\n"))
        }
    }

    @Test(arguments: [KeyAlgorithm.p256, .p384])
    func `openssl verifies the header, decrypts the body and verifies the receipt`(algorithm: KeyAlgorithm) throws {
        let reader = try Reader(algorithm)
        let split = try reader.run("split")
        #expect(split.status == 0, "\(split.diagnostics)")
        #expect(try reader.command.read("header.der") == reader.envelope.header)
        #expect(try reader.command.read("body.der") == reader.envelope.body)

        let verified = try reader.run("verify-header")
        #expect(verified.status == 0, "\(verified.diagnostics)")
        let header = try ReceivedEnvelope(reader.envelope).header
        #expect(try reader.command.read("header.json") == header.canonicalBytes)

        let label = try reader.run("show-label")
        #expect(String(decoding: label.output, as: UTF8.self).contains("GBR SECRET//REL TO DEU, FRA//INTREP"))

        let compared = try reader.run("compare-body")
        #expect(compared.status == 0, "\(compared.diagnostics)")

        let opened = try reader.run("open-body")
        #expect(opened.status == 0, "\(opened.diagnostics)")
        #expect(try reader.command.read("payload") == reader.message.payload)
        #expect(
            try String(decoding: reader.command.read("description.json"), as: UTF8.self)
                == #"{"media-type":"text/plain; charset=utf-8","subject":"Harbour"}"# + "\n"
        )

        let bound = try reader.run("check-content")
        #expect(bound.status == 0, "\(bound.diagnostics)")

        let receipt = try reader.run("verify-receipt")
        #expect(receipt.status == 0, "\(receipt.diagnostics)")
        try reader.command.remove()
    }

    @Test func `the same commands refuse what was changed`() throws {
        let reader = try Reader(.p256)
        _ = try reader.run("split")
        let good = try reader.command.read("header.der")
        func expectFailure(_ names: String..., files: [String: [UInt8]]) throws {
            for (name, bytes) in files { try Data(bytes).write(to: reader.command.folder.appending(path: name)) }
            let outcome = try reader.command.run(names.map { try Self.commands($0) }.joined(separator: "\n"))
            #expect(outcome.status != 0, "\(names)")
        }
        var changed = good
        let position = try #require(good.indices.first { good[$0...].starts(with: "PRIORITY".utf8) })
        changed.replaceSubrange(position..<position + 8, with: "ROUTINE ".utf8)
        try expectFailure("verify-header", files: ["header.der": changed])
        // Somebody else's certificate, and somebody else's authorities.
        let other = try reader.coalition.mailbox("GBR/maritime-desk").signing.certificate.pem()
        try expectFailure("verify-header", files: ["header.der": good, "originator.pem": other])
        let own = try reader.coalition.mailbox("GBR/j2-fusion").signing.certificate.pem()
        let authorities = try reader.command.read("recipient-authorities.pem")
        try expectFailure(
            "verify-header",
            files: ["originator.pem": own, "originator-authorities.pem": authorities]
        )

        // A body whose last byte, which belongs to the tag, differs.
        var body = reader.envelope.body
        body[body.count - 1] ^= 1
        try expectFailure("open-body", files: ["body.der": body])
        try expectFailure(
            "compare-body",
            files: ["header.json": try ReceivedEnvelope(reader.envelope).header.canonicalBytes]
        )

        // The content of another message under this header.
        let another = try ReceivedEnvelope(reader.coalition.seal(reader.message))
        _ = try reader.run("split", "open-body")
        try expectFailure("check-content", files: ["header.json": another.header.canonicalBytes])

        // The receipt for another message, and by another recipient.
        try expectFailure("verify-receipt", files: ["header.der": another.envelope.header])
        let german = try reader.coalition.mailbox("DEU/lage").signing.certificate.pem()
        try expectFailure("verify-receipt", files: ["header.der": good, "recipient-signing.pem": german])
        try reader.command.remove()
    }

    @Test func `the header in the document is one that is read`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let text = try String(contentsOf: root.appending(path: "Docs/envelope.md"), encoding: .utf8)
        let block = try #require(text.components(separatedBy: "\n```json header\n").dropFirst().first)
        let lines = try #require(block.components(separatedBy: "\n```\n").first)
        // Line breaks and indentation are the document's; the canonical form has none.
        let value = try JSONValue.parse(Array(lines.utf8))
        let header = try MessageHeader(canonicalBytes: value.canonicalBytes)
        #expect(header.json == value)
        let binding = try #require(text.components(separatedBy: "binding of this header is `").dropFirst().first)
        #expect(binding.prefix(64) == header.binding.hex)
    }
}
