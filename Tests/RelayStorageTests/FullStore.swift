import CanonicalEncoding
import CoalitionDirectory
import Foundation
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import TestSupport
import TransparencyLog

@testable import RelayStorage
@testable import Relaying

/// A closed store with at least two rows in every table, as a node that is origin, hub and destination leaves it.
///
/// A table that is new and has no rows here fails the test that changes every column: let this make some.
struct FullStore {
    let fixture: StoreFixture
    /// The checkpoint of some place in the middle.
    let middle: SignedCheckpoint

    static func make() async throws -> FullStore {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let writer = FullStoreWriter(fixture: fixture, store: store)
        for codes in [["GBR"], ["GBR", "FRA"]] {
            try await store.keep(try CoalitionFixture(codes).directory)
        }
        try await writer.changePolicies()
        try await writer.submit(0..<3)
        try await writer.takeOver(10..<12)
        try await writer.accept(20..<22)
        try await writer.witness(20)
        let middle = try await store.checkpoint()
        fixture.clock.advance(milliseconds: 11)
        try await writer.submit(3..<5)
        try await writer.takeOver(12..<14)
        try await writer.accept(22..<24)
        try await writer.closeQueue()
        try await writer.followBehindHub()
        try await writer.answer()
        try await writer.witness(21)
        _ = try await store.append(AuditEntryDraft(.stop, .done, realm: .live, reasons: ["b", "a"]))
        try store.close()
        return FullStore(fixture: fixture, middle: middle)
    }
}

private struct FullStoreWriter {
    let fixture: StoreFixture
    let store: RelayStore

    private func step() { fixture.clock.advance(milliseconds: 7) }

    func changePolicies() async throws {
        for (number, kind) in [(0, AuditEntryKind.start), (1, .policyChange), (2, .policyChange), (0, .policyChange)] {
            let record = PolicyRecord(
                hash: .hash([UInt8(number)]),
                texts: Array("{\"policy\":\(number)}".utf8),
                statements: [[UInt8(number), 1], [2]]
            )
            let draft = AuditEntryDraft(kind, .done, realm: .live, policy: record.hash)
            try await store.change(
                to: record,
                from: kind == .start ? .file : number == 0 ? .rollback : .operator,
                draft
            )
            step()
        }
    }

    /// Messages that begin here, for another partner and two mailboxes of this node.
    func submit(_ numbers: Range<Int>) async throws {
        for number in numbers {
            let message = try SampleMessage(number)
            _ = try await store.admit(
                try message.submission(to: ["fra", "deu"], mailboxes: ["j2-fusion", "j3-ops"])
            )
            step()
        }
    }

    /// Messages of another partner that go on to a third.
    func takeOver(_ numbers: Range<Int>) async throws {
        for number in numbers {
            let message = try SampleMessage(number, originator: "DEU/bnd")
            let links = try await SampleNode("deu").release(message, to: "fra", through: "gbr")
            _ = try await store.admit(try message.transfer(links, onTo: "fra"))
            step()
        }
    }

    /// Messages of another partner for a mailbox here.
    func accept(_ numbers: Range<Int>) async throws {
        for number in numbers {
            let message = try SampleMessage(number, originator: "FRA/cdt")
            let links = try await SampleNode("fra").release(message)
            _ = try await store.admit(try message.transfer(links, mailboxes: ["j2-fusion"]))
            step()
        }
    }

    /// Hands some objects over, gives others up, and has a try of the rest fail.
    func closeQueue() async throws {
        let hop = try SPIFFEID.node("fra")
        let items = try await store.dueOutbox(nextHop: hop, lane: .small, now: fixture.clock.now, limit: 100)
        for (place, item) in items.enumerated() {
            step()
            switch place % 3 {
            case 0:
                let custody = try await store.link(index: item.entryIndex)
                guard let custody else { throw StoreError.damaged("no entry") }
                try await store.recordTransferred(outboxRow: item.row, custody: custody, peer: hop)
            case 1:
                try await store.recordVoid(
                    outboxRow: item.row,
                    reason: "denied",
                    refusal: try await refusal(of: item.message, item.envelope, by: "fra"),
                    nonDelivery: nil
                )
            default:
                try await store.recordRetry(
                    outboxRow: item.row,
                    attempts: 1,
                    due: fixture.clock.now,
                    error: "unreachable",
                    unsettled: fixture.clock.now
                )
            }
        }
    }

    /// Hands some messages to a node that says it is a hub, and learns that it has them as their destination.
    func followBehindHub() async throws {
        let hub = try SPIFFEID.node("deu")
        let items = try await store.dueOutbox(nextHop: hub, lane: .small, now: fixture.clock.now, limit: 2)
        var later: [OnwardCustody] = []
        for item in items {
            let relay = try await word(.relay, .allowed, of: item.message, item.envelope, by: "deu")
            try await store.recordTransferred(outboxRow: item.row, custody: relay, peer: hub)
            let acceptance = try await word(.acceptance, .allowed, of: item.message, item.envelope, by: "deu")
            later.append(OnwardCustody(row: item.row, link: acceptance))
        }
        step()
        let feed = try await store.custodyFeeds().first { $0.hub == hub }
        guard let feed else { throw StoreError.damaged("no feed") }
        try await store.recordOnwardCustody(later, from: feed, to: CustodyFeed(hub: hub, key: feed.key, position: 4))
    }

    /// What another node's log says when it refuses a message.
    private func refusal(of message: MessageID, _ envelope: SHA256Digest, by partner: String) async throws
        -> TransferLink
    {
        try await word(.refusal, .refused, of: message, envelope, by: partner, reasons: ["denied"])
    }

    /// What another node's log says about a message that this one has brought.
    private func word(
        _ kind: AuditEntryKind,
        _ outcome: AuditOutcome,
        of message: MessageID,
        _ envelope: SHA256Digest,
        by partner: String,
        reasons: [String] = []
    ) async throws -> TransferLink {
        try await SampleNode(partner).store.append(
            AuditEntryDraft(
                kind,
                outcome,
                realm: .live,
                peer: fixture.node.id,
                message: message,
                object: .message,
                digest: envelope,
                envelope: envelope,
                reasons: reasons
            )
        )
    }

    /// Gives a checkpoint out and has it cosigned, cosigns that of another log, compares a receipt, and finds a fork.
    func witness(_ size: UInt64) async throws {
        let cosigner = try CosignatureSigner(name: NoteKeyName("w.example/node/w"), key: .generate(.ed25519))
        guard let stable = try await store.makeStableCheckpoint() else { throw StoreError.damaged("no checkpoint") }
        let line = try cosigner.cosign(stable.signed.checkpoint, at: 1_795_348_900)
        try await store.add(
            AddCheckpointResponse(signatures: [line]),
            by: cosigner.verifier,
            toStableCheckpointOf: stable.head.size
        ) { _ in true }
        let log = try NoteSigner(name: NoteKeyName("fra.example/node/fra-hub"), key: .generate(.ed25519))
        func checkpoint(_ size: UInt64) throws -> SignedCheckpoint {
            let head = TreeHead(size: size, root: .hash([UInt8(size)]))
            return try SignedCheckpoint(
                signing: Checkpoint(origin: LogOrigin("fra.example/node/fra-hub"), head: head),
                by: log
            )
        }
        let key = log.verifier
        let request = AddCheckpointRequest(oldSize: 0, proof: [], signedCheckpoint: try checkpoint(9)).bytes
        _ = try await store.witness(addCheckpoint: request, signer: cosigner) { _ in key }
        let received = try await store.provisionalReceipts(of: LogOrigin("fra.example/node/fra-1"), limit: 1)
        try await store.markWitnessed(received, by: ["w.example/node/w"], under: checkpoint(9).checkpoint)
        let fork = try Fork(first: checkpoint(10), second: checkpoint(size), claim: .rollback)
        try await store.record(fork, AuditEntryDraft(.fork, .refused, realm: .live))
        step()
    }

    func answer() async throws {
        for number in 20..<23 {
            let message = try SampleMessage(number, originator: "FRA/cdt")
            try await give([UInt8(number)], message, "GBR/j2-fusion", to: .node("fra"))
        }
        for number in 0..<2 {
            try await give([UInt8(number)], try SampleMessage(number), "GBR/j3-ops", to: nil)
        }
        for number in 2..<4 {
            let message = try SampleMessage(number)
            try await bring(.deliveryReceipt(DeliveryReceipt(bytes: [UInt8(number)])), message, "FRA/cdt", .receipt)
            let report = NonDelivery(
                message: message.id,
                envelope: message.digest,
                destination: try .node("deu"),
                reason: "denied",
                time: fixture.clock.now,
                refusal: number == 2 ? try await refusal(of: message.id, message.digest, by: "deu") : nil
            )
            try await bring(.nonDelivery(report), message, nil, .nonDelivery)
        }
    }

    /// A mailbox of this node signs; its receipt goes to the originator's node, or has arrived when that is this one.
    private func give(_ bytes: [UInt8], _ message: SampleMessage, _ recipient: String, to home: SPIFFEID?) async throws
    {
        let object = TransferObject.deliveryReceipt(try DeliveryReceipt(bytes: bytes))
        let address = try MailboxAddress(recipient)
        let peer = try SPIFFEID("spiffe://gbr.example/mailbox/\(address.mailbox)")
        var entries = [draft(.delivery, object, message, peer: peer)]
        if home == nil { entries.append(draft(.receipt, object, message, peer: peer)) }
        let onward = home.map { home in
            var entry = draft(.release, object, message, peer: peer)
            entry.destination = home
            entry.nextHop = home
            return OnwardTransfer(destination: home, nextHop: home, entry: entry)
        }
        _ = try await store.admit(
            answer(object, message, entries, address, hasArrived: home == nil, links: [], onward)
        )
        step()
    }

    /// Another node brings an answer to a message that began here.
    private func bring(
        _ object: TransferObject,
        _ message: SampleMessage,
        _ recipient: String?,
        _ kind: AuditEntryKind
    ) async throws {
        let other = try SampleNode("fra")
        let sent = try await SampleNode("gbr").release(message, to: "fra")
        _ = try await other.store.admit(try message.transfer(sent, mailboxes: ["cdt"]))
        let home = try SPIFFEID.node("gbr")
        var release = draft(.release, object, message, peer: try .node("fra"))
        release.destination = home
        release.nextHop = home
        let onward = OnwardTransfer(destination: home, nextHop: home, entry: release)
        let links = try await other.store.admit(
            answer(object, message, [], nil, hasArrived: false, links: [], onward)
        ).links
        _ = try await store.admit(
            answer(
                object,
                message,
                [draft(kind, object, message, peer: try .node("fra"))],
                try recipient.map { try MailboxAddress($0) },
                hasArrived: true,
                links: links,
                nil
            )
        )
        step()
    }

    private func answer(
        _ object: TransferObject,
        _ message: SampleMessage,
        _ entries: [AuditEntryDraft],
        _ recipient: MailboxAddress?,
        hasArrived: Bool,
        links: [TransferLink],
        _ onward: OnwardTransfer?
    ) -> AnswerAdmission {
        AnswerAdmission(
            object: object,
            message: message.id,
            envelope: message.digest,
            entries: entries,
            recipient: recipient,
            hasArrived: hasArrived,
            precedence: message.precedence,
            links: links,
            onward: onward
        )
    }

    private func draft(_ kind: AuditEntryKind, _ object: TransferObject, _ message: SampleMessage, peer: SPIFFEID)
        -> AuditEntryDraft
    {
        var reasons: [String] = []
        if case .nonDelivery(let report) = object { reasons = [report.reason] }
        return AuditEntryDraft(
            kind,
            .done,
            realm: .live,
            peer: peer,
            message: message.id,
            object: object.kind,
            digest: object.digest,
            envelope: message.digest,
            reasons: reasons,
            policy: .hash([0])
        )
    }
}
