import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import OpenSSLCrypto
import OperatorInterface
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing

/// Whoever was told that something is taken on is told the same again, whatever has changed since.
@Suite struct ResendTests {
    /// What may come between a message and its resend.
    enum Change: String, CaseIterable {
        case newEncryptionCertificate, noRecipient, noRoute, policy
    }

    private func replaced(_ mailbox: PartnerSheet.Mailbox, encryption: Certificate) -> PartnerSheet.Mailbox {
        PartnerSheet.Mailbox(
            name: mailbox.name,
            homeNode: mailbox.homeNode,
            signingCertificates: mailbox.signingCertificates,
            encryptionCertificates: [encryption]
        )
    }

    /// Puts a change in force at GBR that keeps a new message to `JPN/maritime-ops` from being taken on.
    private func make(_ change: Change, in coalition: RunningCoalition) async throws {
        let japan = try coalition.fixture.partner("JPN")
        switch change {
        case .newEncryptionCertificate:
            let name = try MailboxName("maritime-ops")
            let fresh = try japan.credential(.mailboxEncryption, for: .mailbox(name)).certificate
            try coalition.publish(
                coalition.nextSheet(of: "JPN") { draft in
                    draft.mailboxes = draft.mailboxes.map { replaced($0, encryption: fresh) }
                }
            )
        case .noRecipient:
            try coalition.publish(coalition.nextSheet(of: "JPN") { $0.mailboxes = [] })
        case .noRoute:
            try coalition.editConfiguration(of: "GBR") {
                $0.replacing("routes: {JPN: FRA/fra-hub}", with: "routes: {JPN: GBR/gbr-1}")
            }
        case .policy:
            try coalition.editPolicy {
                $0.replacing("types: [SITREP, TRACK, IMAGERY]", with: "types: [TRACK]")
            }
        }
        try await expectReloaded("GBR", in: coalition)
    }

    private func expectReloaded(_ code: String, in coalition: RunningCoalition) async throws {
        switch try await coalition.reload(code) {
        case .kept(let reason): throw Unexpected(reason)
        case .partial(_, _, let refused): throw Unexpected("\(refused)")
        case .unchanged, .changed: return
        }
    }

    private func seal(in coalition: RunningCoalition) throws -> Envelope {
        try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["JPN/maritime-ops"],
            marking: "GBR SECRET//REL TO FRA, JPN//MARITIME//SITREP"
        )
    }

    @Test(.timeLimit(.minutes(10)), arguments: Change.allCases)
    func `a resent submission gets the first receipts, where a new message would be refused`(change: Change)
        async throws
    {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let envelope = try seal(in: coalition)
        let first = try await coalition.submit(envelope)
        try #require(first.status == .created, "\(String(buffer: first.body))")
        try await make(change, in: coalition)
        let new = try await coalition.submit(seal(in: coalition))
        #expect([403, 422].contains(new.status.code), "\(String(buffer: new.body))")
        let second = try await coalition.submit(envelope)
        #expect(second.status == .ok, "\(String(buffer: second.body))")
        #expect(try second.links.map(\.json.canonicalBytes) == first.links.map(\.json.canonicalBytes))
        // The same header over another body is not the same message, whoever sends it.
        let replanted = Envelope(header: envelope.header, body: envelope.body.damagedAtTheEnd)
        #expect(try await coalition.submit(replanted).status != .ok)
        #expect(try await coalition.entries(of: "GBR", .release).count == 1)
        try await coalition.stopAll()
    }

    /// What may come between a transfer and its repetition: a change of France's sheet.
    enum SheetChange: String, CaseIterable {
        case newLogKey, noOriginator
    }

    private func make(_ change: SheetChange, in coalition: RunningCoalition) async throws {
        let next = try coalition.nextSheet(of: "FRA") { draft in
            switch change {
            case .newLogKey:
                draft.nodes = try draft.nodes.map { node in
                    let key = try PrivateKey.generate(.ed25519).publicKey
                    let log = try LogVerifierKey(origin: "\(draft.trustDomain)/node/\(node.name)", publicKey: key)
                    return PartnerSheet.Node(name: node.name, endpoint: node.endpoint, log: log)
                }
            case .noOriginator:
                draft.mailboxes = []
            }
        }
        try coalition.publish(next)
        try await expectReloaded("GBR", in: coalition)
    }

    @Test(.timeLimit(.minutes(10)), arguments: SheetChange.allCases)
    func `a repeated transfer gets the first receipt, where a new one would be refused`(change: SheetChange)
        async throws
    {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let gbr = try coalition.nodeID("GBR")
        let client = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        var log = try RogueLog(of: "FRA", in: coalition)
        func transfer() throws -> (links: [TransferLink], object: [UInt8]) {
            let envelope = try coalition.seal(
                from: "FRA/cni",
                to: ["GBR/j2-fusion"],
                marking: "FRA SECRET//REL TO GBR//INTREP"
            )
            return ([try log.release(envelope, to: gbr)], envelope.bytes)
        }
        let known = try transfer()
        let first = try await client.transfer(known.links, .message, known.object)
        try #require(first.status == .created, "\(String(buffer: first.body))")
        try await make(change, in: coalition)
        // A reload that changes how peers are judged may have ended the connection.
        let again = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        let new = try transfer()
        #expect(try await again.transfer(new.links, .message, new.object).status.code == 422)
        let second = try await again.transfer(known.links, .message, known.object)
        #expect(second.status == .ok && second.bytes == first.bytes, "\(String(buffer: second.body))")
        #expect(try await again.transfer(known.links, .message, known.object.damagedAtTheEnd).status != .ok)
        #expect(try await coalition.inbox("GBR/j2-fusion").count == 1)
        await client.close()
        await again.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a repeated transfer is answered to a node that brings proofs of this way, and to no other`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let gbr = try coalition.nodeID("GBR")
        var log = try RogueLog(of: "FRA", in: coalition)
        let envelope = try coalition.seal(
            from: "FRA/cni",
            to: ["GBR/j2-fusion"],
            marking: "FRA SECRET//REL TO GBR//INTREP"
        )
        let links = [try log.release(envelope, to: gbr)]
        let france = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        #expect(try await france.transfer(links, .message, envelope.bytes).status == .created)
        let germany = try coalition.connect(to: "GBR", with: coalition.nodeCredential("DEU"))
        expectProblem(try await germany.transfer(links, .message, envelope.bytes), 422, "entry-mismatch")
        let astray = [try log.release(envelope, to: gbr, through: coalition.nodeID("DEU"))]
        expectProblem(try await france.transfer(astray, .message, envelope.bytes), 422, "entry-mismatch")
        let others = [try log.release(envelope, to: gbr) { $0.digest = .hash([1]) }]
        expectProblem(try await france.transfer(others, .message, envelope.bytes), 422, "entry-mismatch")
        await france.close()
        await germany.close()
        try await coalition.stopAll()
    }
}
