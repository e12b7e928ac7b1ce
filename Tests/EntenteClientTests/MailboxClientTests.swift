import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import EntenteClient
import Foundation
import MessageEnvelope
import NIOOpenSSL
import NodeSupport
import OpenSSLCrypto
import SecurityLabels
import TestSupport
import Testing

/// The client against real nodes over real TLS.
@Suite struct `A mailbox at its node` {
    private func client(
        _ address: String,
        in coalition: RunningCoalition,
        at code: String? = nil,
        signing: Credential? = nil,
        sheetFolder: String = "sheets-\(UUID().uuidString)"
    ) throws -> MailboxClient {
        let address = try MailboxAddress(address)
        let keys = try coalition.fixture.mailbox(address.description)
        let signing = signing ?? keys.signing
        let own = try #require(coalition.fixture.sheets.first { $0.sheet.code == address.partner })
        return try MailboxClient(
            MailboxClientConfiguration(
                credentials: MailboxCredentials(
                    address: address,
                    signing: try .init(certificate: signing.certificate, key: signing.key),
                    encryption: [try .init(certificate: keys.encryption.certificate, key: keys.encryption.key)]
                ),
                node: try Endpoint("127.0.0.1:\(coalition.port(of: code ?? address.partner.rawValue))"),
                roots: coalition.fixture.partners.mapValues { [$0.root.certificate] },
                sheetFolder: coalition.folder.appendingPathComponent(sheetFolder).path,
                sheets: [address.partner: own.bytes],
                retryDelays: []
            )
        )
    }

    private func message(
        from client: MailboxClient,
        to recipients: [String],
        marking: String,
        payload: String = "the report"
    ) throws -> OutgoingMessage {
        OutgoingMessage(
            originator: client.address,
            recipients: Set(try recipients.map { try MailboxAddress($0) }),
            label: try ExamplePolicy.label(marking),
            precedence: .flash,
            description: ContentDescription(subject: "Vessel of interest", mediaType: "text/plain"),
            payload: Array(payload.utf8)
        )
    }

    private func failure(_ body: () async throws -> Void) async -> ClientError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? ClientError
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `sends with proofs, and the recipient finds, opens and acknowledges it`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA")
        let sender = try client("GBR/j2-fusion", in: coalition)
        let refresh = try await sender.refreshDirectory()
        #expect(refresh.accepted.count == 5)
        #expect(refresh.refused.isEmpty)

        let marking = "GBR SECRET//REL TO FRA//INTREP"
        let sealed = try sender.seal(try message(from: sender, to: ["FRA/cni"], marking: marking))
        let receipt = try await sender.submit(sealed)
        #expect(!receipt.isDuplicate)
        #expect(receipt.verdicts.map(\.isAllowed) == [true])
        #expect(receipt.receipts.map(\.kind) == ["release"])
        #expect(receipt.receipts.map(\.sequence) == [1])

        let again = try await sender.submit(sealed)
        #expect(again.isDuplicate)
        #expect(again.receipts == receipt.receipts)

        let reader = try client("FRA/cni", in: coalition)
        try await reader.refreshDirectory()
        let entry = try await coalition.eventually { try await reader.inbox().entries.first }
        #expect(entry.message == sealed.header.id)
        #expect(entry.marking == marking)
        #expect(entry.digest == sealed.digest)
        #expect(!entry.isReceipted)
        let envelope = try await reader.fetch(entry.message, originator: entry.originator)
        #expect(envelope == sealed.envelope)
        let opened = try reader.open(envelope)
        #expect(opened.content.payload == Array("the report".utf8))
        #expect(opened.content.description.subject == "Vessel of interest")
        let first = try await reader.acknowledge(opened)
        #expect(first.receipts.contains { $0.kind == "delivery" })
        #expect(!first.isDuplicate)
        let second = try await reader.acknowledge(opened)
        #expect(second.receipts == first.receipts)
        #expect(second.isDuplicate)
        let page = try await reader.inbox()
        #expect(page.entries.map(\.isReceipted) == [true])
        #expect(try await reader.inbox(after: page.entries[0].sequence).entries.isEmpty)

        await sender.close()
        await reader.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a denied sender gets every recipient's decision in words, and the proven entry`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let sender = try client("GBR/j2-fusion", in: coalition)
        try await sender.refreshDirectory()
        let message = try message(
            from: sender,
            to: ["FRA/cni", "ACME/soc"],
            marking: "GBR SECRET//REL TO FRA//INTREP"
        )
        let question = ReleaseQuestion(
            label: message.label,
            precedence: message.precedence,
            recipients: message.recipients
        )
        let verdicts = try await sender.decide(question)
        #expect(verdicts.map(\.isAllowed) == [false, true])

        guard case .denied(let denial) = await failure({ _ = try await sender.send(message) }) else {
            Issue.record("expected a denial")
            return
        }
        #expect(denial.verdicts.map(\.isAllowed) == [false, true])
        #expect(denial.receipt.kind == "denial")
        let step = try #require(denial.verdicts.first?.steps.first { !$0.isAllowed })
        let explanation = try #require(step.explanation)
        #expect(explanation.summary.contains("ACME"))
        #expect(!explanation.denials.isEmpty)
        #expect(!explanation.advice.isEmpty)
        await sender.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a community is expanded by the node, and problems come with their codes`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let sender = try client("GBR/j2-fusion", in: coalition)
        try await sender.refreshDirectory()
        let members = try await sender.mailboxes(of: try CommunityName("MARITIME"))
        #expect(members.contains(try MailboxAddress("JPN/maritime-ops")))
        let nobody = try CommunityName("NOBODY")
        guard case .problem(let problem) = await failure({ _ = try await sender.mailboxes(of: nobody) }) else {
            Issue.record("expected a problem")
            return
        }
        #expect(problem.code == "no-such-community")
        #expect(problem.status == 404)
        let unknown = try MessageID.generate(at: .now())
        guard case .problem(let problem) = await failure({ _ = try await sender.fetch(unknown) }) else {
            Issue.record("expected a problem")
            return
        }
        #expect(problem.code == "no-such-message")
        await sender.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `another partner's node is not the own one, however good its certificate`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA")
        let stranger = try client("GBR/j2-fusion", in: coalition, at: "FRA")
        guard case .refusedByTLS(let refusal) = await failure({ try await stranger.refreshDirectory() }) else {
            Issue.record("expected a refusal")
            return
        }
        #expect(refusal.failure.code == "unknown-trust-domain")
        await stranger.close()

        // With the sheet of France at hand the node is well known, and still not the one that holds the mailbox.
        let home = try client("GBR/j2-fusion", in: coalition, sheetFolder: "shared")
        try await home.refreshDirectory()
        let astray = try client("GBR/j2-fusion", in: coalition, at: "FRA", sheetFolder: "shared")
        guard case .refusedByTLS(let refusal) = await failure({ try await astray.refreshDirectory() }) else {
            Issue.record("expected a refusal")
            return
        }
        #expect(refusal.failure.code == "unexpected-node")
        await home.close()
        await astray.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a certificate that no sheet lists is refused by the node, and the client says what to check`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let unlisted = try coalition.fixture.partner("GBR")
            .credential(.mailboxSigning, for: .mailbox(try MailboxName("j2-fusion")))
        let stranger = try client("GBR/j2-fusion", in: coalition, signing: unlisted)
        guard case .refusedByTLS(let refusal) = await failure({ try await stranger.refreshDirectory() }) else {
            Issue.record("expected a refusal")
            return
        }
        #expect(refusal.failure.alertReceived != nil)
        #expect(refusal.advice.contains("sheet"))
        await stranger.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a node that does not run is unreachable`() async throws {
        let coalition = try RunningCoalition()
        let sender = try client("GBR/j2-fusion", in: coalition)
        guard case .unreachable(let endpoint, _) = await failure({ try await sender.refreshDirectory() }) else {
            Issue.record("expected the node to be unreachable")
            return
        }
        #expect(Int(endpoint.port) == coalition.port(of: "GBR"))
        await sender.close()
    }

    @Test func `a client without a sheet of its own partner does not start`() throws {
        let coalition = try SharedCoalition.get()
        let keys = try coalition.mailbox("GBR/j2-fusion")
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("none-\(UUID().uuidString)").path
        defer {
            do {
                try FileManager.default.removeItem(atPath: folder)
            } catch {
                // Left behind in the temporary directory, it is no failure of the test.
            }
        }
        do {
            _ = try MailboxClient(
                MailboxClientConfiguration(
                    credentials: MailboxCredentials(
                        address: try MailboxAddress("GBR/j2-fusion"),
                        signing: try .init(certificate: keys.signing.certificate, key: keys.signing.key),
                        encryption: []
                    ),
                    node: try Endpoint("127.0.0.1:1"),
                    roots: coalition.partners.mapValues { [$0.root.certificate] },
                    sheetFolder: folder
                )
            ) { CoalitionFixture.time }
            Issue.record("expected an error")
        } catch {
            guard case .directory(.noOwnSheet(let partner)) = error as? ClientError else { throw error }
            #expect(partner.rawValue == "GBR")
        }
    }

    @Test func `a key of another certificate makes no pair`() throws {
        let keys = try SharedCoalition.get().mailbox("GBR/j2-fusion")
        #expect(throws: ClientError.self) {
            _ = try MailboxCredentials.KeyPair(certificate: keys.signing.certificate, key: keys.encryption.key)
        }
    }
}
