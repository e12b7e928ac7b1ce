import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import NIOOpenSSL
import NodeSupport
import OpenSSLCrypto
import OperatorInterface
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing

/// What a node does with a partner's sheet that it cannot accept.
@Suite struct SheetRefusalTests {
    /// One way in which the next sheet of FRA can be bad, while GBR has accepted version 2.
    struct BadSheet: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: String
        /// What FRA's file holds then.
        let bytes: @Sendable (RunningCoalition, _ accepted: SignedSheet) throws -> [UInt8]

        init(
            _ description: String,
            _ code: String,
            _ bytes: @escaping @Sendable (RunningCoalition, SignedSheet) throws -> [UInt8]
        ) {
            testDescription = description
            self.code = code
            self.bytes = bytes
        }

        static let all = [
            BadSheet("nothing", "sheet-unsigned") { _, _ in [] },
            BadSheet("signed by a stranger", "sheet-bad-signature") { coalition, accepted in
                let partner = try coalition.fixture.partner("FRA")
                let stranger = try coalition.fixture.partner("DEU").registrar
                return try partner.sign(partner.draft(after: accepted, at: .now()), by: stranger)
            },
            BadSheet("older", "sheet-older") { coalition, _ in try coalition.firstSheet(of: "FRA").bytes },
            BadSheet("another of the same version", "sheet-forked") { coalition, _ in
                try coalition.nextSheet(of: "FRA") { $0.name = "Another France" }.bytes
            },
            BadSheet("out of date on arrival", "sheet-expired") { coalition, accepted in
                let partner = try coalition.fixture.partner("FRA")
                var draft = try partner.draft(after: accepted, at: Timestamp.now().adding(seconds: -3600))
                draft.nextUpdate = Timestamp.now().adding(seconds: -1800)
                return try partner.sign(draft)
            },
            BadSheet("with the log key of another partner", "duplicate-log-key") { coalition, accepted in
                let partner = try coalition.fixture.partner("FRA")
                let key = try coalition.fixture.partner("DEU").node("deu-1").logKey.publicKey
                return try partner.signedSheet(after: accepted, at: .now()) { draft in
                    draft.nodes = try draft.nodes.map { node in
                        PartnerSheet.Node(
                            name: node.name,
                            endpoint: node.endpoint,
                            log: try LogVerifierKey(origin: node.log.origin, publicKey: key)
                        )
                    }
                }.bytes
            },
            BadSheet("with the key of another partner's mailbox", "duplicate-key") { coalition, accepted in
                let partner = try coalition.fixture.partner("FRA")
                let key = try coalition.fixture.mailbox("DEU/lage").signing.certificate.publicKey
                let squatting = try partner.credential(
                    .mailboxSigning,
                    for: .mailbox(try MailboxName("cni")),
                    editing: { $0.publicKey = key }
                )
                return try partner.signedSheet(after: accepted, at: .now()) { draft in
                    draft.mailboxes = draft.mailboxes.map { mailbox in
                        PartnerSheet.Mailbox(
                            name: mailbox.name,
                            homeNode: mailbox.homeNode,
                            signingCertificates: mailbox.signingCertificates + [squatting.certificate],
                            encryptionCertificates: mailbox.encryptionCertificates
                        )
                    }
                }.bytes
            },
        ]
    }

    @Test(.timeLimit(.minutes(10)), arguments: BadSheet.all)
    func `a bad sheet of one partner is alarmed, and stops nobody else's`(bad: BadSheet) async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let node = try coalition.node("GBR")
        let accepted = try coalition.nextSheet(of: "FRA")
        try coalition.publish(accepted)
        try await coalition.reload("GBR")
        #expect(node.description.alarms.isEmpty)

        try coalition.write(try bad.bytes(coalition, accepted), "FRA.cms")
        let german = try coalition.nextSheet(of: "DEU")
        try coalition.publish(german)
        try coalition.editPolicy { $0.replacing("up-to: SECRET", with: "up-to: RESTRICTED") }
        guard case .partial(_, _, let refused) = try await coalition.reload("GBR") else {
            Issue.record("the refused sheet is not reported")
            return
        }
        #expect(refused.map(\.code) == [bad.code])
        #expect(refused.map(\.partner) == [try PartnerCode("FRA")])
        #expect(node.description.alarms == refused)
        let versions = node.state.view.directory.partners.mapValues(\.version)
        #expect(versions[try PartnerCode("FRA")] == 2)
        #expect(versions[try PartnerCode("DEU")] == 2)
        #expect(try await coalition.entries(of: "GBR", .policyChange).map(\.outcome) == [.done])
        let archive = try coalition.archive(of: "GBR")
        #expect(archive["FRA@live.cms"] == accepted.bytes)
        #expect(archive["DEU@live.cms"] == german.bytes)

        // The same refusal again says nothing new.
        try await coalition.reload("GBR")
        func refusals() async throws -> [StoredEntry] {
            try await coalition.node("GBR").store.entries(EntryFilter(kinds: [.trustChange], limit: 1000))
                .filter { $0.entry.outcome == .refused }
        }
        #expect(try await refusals().map(\.entry.reasons) == [[bad.code]])
        let details = try #require(try await refusals().first?.details)
        #expect(String(decoding: details.bytes, as: UTF8.self).contains(#""partner":"FRA""#))

        // After a restart as well.
        try await coalition.stop("GBR")
        try await coalition.start("GBR")
        let restarted = try coalition.node("GBR")
        #expect(restarted.state.view.directory.partners[try PartnerCode("FRA")]?.version == 2)
        #expect(restarted.description.alarms.map(\.code) == [bad.code])
        #expect(try await refusals().map(\.entry.reasons) == [[bad.code], [bad.code]])

        // And over once the partner's file is good again.
        try coalition.publish(accepted)
        try await coalition.reload("GBR")
        #expect(restarted.description.alarms.isEmpty)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a file that is gone leaves the sheet accepted before in force`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let directory = try coalition.node("GBR").state.view.directory.stateHash
        try FileManager.default.removeItem(at: coalition.folder.appendingPathComponent("FRA.cms"))
        guard case .partial(policy: false, directory: false, refused: let refused) = try await coalition.reload("GBR")
        else {
            Issue.record("the missing sheet is not reported")
            return
        }
        #expect(refused.map(\.code) == ["sheet-unreadable"])
        #expect(try coalition.node("GBR").state.view.directory.stateHash == directory)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `without an accepted sheet of a partner a node does not start, and names every refused one`() async throws {
        let coalition = try RunningCoalition()
        try coalition.write([1, 2, 3], "FRA.cms")
        try coalition.write([], "UN.cms")
        let error = await #expect(throws: RefusedSheets.self) { try await coalition.start("GBR") }
        #expect(error?.sheets.map(\.partner.rawValue) == ["FRA", "UN"])
        let lines = error?.description.split(separator: "\n").map(String.init) ?? []
        #expect(lines.count == 2 && lines[0].contains("FRA.cms: the sheet of `FRA` is refused: sheet-unsigned"))
        #expect(!FileManager.default.fileExists(atPath: coalition.dataFolder(of: "GBR").path))
    }

    @Test(.timeLimit(.minutes(10)))
    func `what a partner gives up another may take over at the same time`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let key = try coalition.fixture.partner("FRA").node("fra-hub").logKey.publicKey
        // DEU is looked at before FRA, and takes FRA's log key, which FRA replaces.
        for (code, key) in [("DEU", key), ("FRA", try PrivateKey.generate(.ed25519).publicKey)] {
            try coalition.publish(
                try coalition.nextSheet(of: code) { draft in
                    draft.nodes = try draft.nodes.map { node in
                        PartnerSheet.Node(
                            name: node.name,
                            endpoint: node.endpoint,
                            log: try LogVerifierKey(origin: node.log.origin, publicKey: key)
                        )
                    }
                }
            )
        }
        // A third one claims it too: one of the two gets it, and the other is the only one that is refused.
        let squatter = try coalition.nextSheet(of: "UN") { draft in
            draft.nodes = try draft.nodes.map { node in
                PartnerSheet.Node(
                    name: node.name,
                    endpoint: node.endpoint,
                    log: try LogVerifierKey(origin: node.log.origin, publicKey: key)
                )
            }
        }
        try coalition.publish(squatter)
        guard case .partial(_, _, let refused) = try await coalition.reload("GBR") else {
            Issue.record("the conflict is not reported")
            return
        }
        #expect(refused.map(\.code) == ["duplicate-log-key"])
        let loser = try #require(refused.first?.partner)
        let winner = try PartnerCode(loser.rawValue == "UN" ? "DEU" : "UN")
        let versions = try coalition.node("GBR").state.view.directory.partners.mapValues(\.version)
        #expect(versions[winner] == 2 && versions[loser] == 1)
        #expect(versions[try PartnerCode("FRA")] == 2)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a reload that is refused keeps no new sheet, so that the files in force start the node again`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let before = try coalition.archive(of: "GBR")
        let first = try coalition.firstSheet(of: "FRA")
        let policy = try String(contentsOf: coalition.policyFile, encoding: .utf8)
        try coalition.publish(try coalition.nextSheet(of: "FRA"))
        try coalition.write(Array("surprise: true\n".utf8), "policy.yaml")
        guard case .kept = try await coalition.reload("GBR") else {
            Issue.record("a broken policy was taken")
            return
        }
        #expect(try coalition.archive(of: "GBR") == before)
        #expect(try coalition.node("GBR").description.alarms.map(\.code) == ["policy-refused"])
        try coalition.publish(first)
        try coalition.write(Array(policy.utf8), "policy.yaml")
        try await coalition.stop("GBR")
        try await coalition.start("GBR")
        #expect(try coalition.node("GBR").description.alarms.isEmpty)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `both sides of a fork stay as evidence after later versions, and what follows the refused one is refused`()
        async throws
    {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let partner = try coalition.fixture.partner("FRA")
        let honest = try coalition.nextSheet(of: "FRA")
        let other = try coalition.nextSheet(of: "FRA") { $0.name = "Another France" }
        try coalition.publish(honest)
        try await coalition.reload("GBR")
        try coalition.publish(other)
        try await coalition.reload("GBR")
        let third = try partner.signedSheet(after: honest, at: .now())
        try coalition.publish(third)
        try await coalition.reload("GBR")
        let node = try coalition.node("GBR")
        #expect(node.description.alarms.isEmpty)
        let archive = try coalition.archive(of: "GBR")
        #expect(archive["FRA@live.cms"] == third.bytes)
        #expect(archive["fork-FRA-\(honest.digest)-accepted.cms"] == honest.bytes)
        #expect(archive["fork-FRA-\(other.digest).cms"] == other.bytes)

        // Two versions on, of the history that was refused: its numbers alone would not tell.
        let otherThird = try partner.signedSheet(after: other, at: .now())
        try coalition.publish(otherThird)
        try await coalition.reload("GBR")
        #expect(node.description.alarms.map(\.code) == ["sheet-forked"])
        let later = try partner.signedSheet(after: otherThird, at: .now()) { $0.version = 5 }
        try coalition.publish(later)
        try await coalition.reload("GBR")
        #expect(node.description.alarms.map(\.code) == ["sheet-forked"])
        #expect(node.state.view.directory.partners[partner.plan.code]?.version == 3)
        // The honest history may go on, and skip.
        try coalition.publish(try partner.signedSheet(after: third, at: .now()) { $0.version = 6 })
        try await coalition.reload("GBR")
        #expect(node.description.alarms.isEmpty)
        #expect(node.state.view.directory.partners[partner.plan.code]?.version == 6)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a sheet past its next update keeps nobody from starting, and lets nobody in`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        let brief = try coalition.nextSheet(of: "FRA") { $0.nextUpdate = Timestamp.now().adding(seconds: 3600) }
        try coalition.publish(brief)
        try await coalition.start("GBR", clock: { clock.now })
        let french = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        #expect(try await french.get("/v1/log/checkpoint").status == .ok)
        clock.shift(seconds: 7200)
        // Nobody has looked at the file since: the time alone raises the alarm.
        #expect(try coalition.node("GBR").description.alarms.map(\.code) == ["sheet-expired"])
        try await coalition.stop("GBR")
        try await coalition.start("GBR", clock: { clock.now })
        #expect(try coalition.node("GBR").description.alarms.map(\.code) == ["sheet-expired"])
        #expect(try await french.refusedBy() == .certificateUnknown)
        _ = try await coalition.refusal("sheet-expired", at: "GBR")
        let own = try coalition.connect(as: "GBR/j2-fusion")
        #expect(try await own.get("/v1/log/checkpoint").status == .ok)
        for client in [french, own] { await client.close() }
        try await coalition.stopAll()
    }
}
