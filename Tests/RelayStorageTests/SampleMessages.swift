import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import Synchronization
import TestSupport
import TransparencyLog

@testable import RelayStorage
@testable import Relaying

/// Messages as the store takes them: headers that are signed, over bodies that are no CMS.
struct SampleMessage {
    var id: MessageID
    var originator: MailboxAddress
    var envelope: Envelope
    var precedence: Precedence = .routine
    var expires: Timestamp

    init(_ number: Int, originator: String = "GBR/j2-fusion", precedence: Precedence = .routine, bodySize: Int = 100)
        throws
    {
        let time = Timestamp(millisecondsSinceEpoch: 1_795_348_800_000 + Int64(number))
        id = MessageID(time: time, randomness: (0..<10).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
        self.originator = try MailboxAddress(originator)
        self.precedence = precedence
        expires = time.adding(seconds: 86_400)
        let body = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: bodySize)
        let header = try MessageHeader(
            id: id,
            originator: self.originator,
            recipients: [MailboxAddress("FRA/cdt")],
            label: SampleSigner.label.get(),
            precedence: precedence,
            realm: .live,
            dateTime: time,
            expires: expires,
            body: CiphertextReference(of: body),
            commitment: .hash(body)
        )
        envelope = Envelope(header: try SampleSigner.sign(header), body: body)
    }

    var digest: SHA256Digest { envelope.digest }

    var record: MessageRecord {
        MessageRecord(
            id: id,
            originator: originator,
            digest: digest,
            envelope: envelope,
            precedence: precedence,
            expires: expires
        )
    }

    func draft(_ kind: AuditEntryKind, _ outcome: AuditOutcome = .allowed, peer: String) throws -> AuditEntryDraft {
        AuditEntryDraft(
            kind,
            outcome,
            realm: .live,
            peer: try SPIFFEID(peer),
            message: id,
            object: .message,
            digest: digest,
            envelope: digest,
            policy: .hash([1]),
            directory: .hash([2]),
            details: ["originator": .string(originator.description)]
        )
    }

    /// One onward transfer of `kind` to the first node of a partner.
    func onward(_ partner: String, through hub: String? = nil, kind: AuditEntryKind = .release, peer: String) throws
        -> OnwardTransfer
    {
        let destination = try SPIFFEID.node(partner)
        let hop = try hub.map { try SPIFFEID.node($0) } ?? destination
        var entry = try draft(kind, peer: peer)
        entry.destination = destination
        entry.nextHop = hop
        return OnwardTransfer(destination: destination, nextHop: hop, entry: entry)
    }

    /// What a mailbox of this node submits, for other partners and for mailboxes here.
    func submission(
        to partners: [String] = ["fra"],
        through hub: String? = nil,
        mailboxes: [String] = []
    ) throws -> AdmissionRecord {
        let peer = "spiffe://gbr.example/mailbox/\(originator.mailbox)"
        return AdmissionRecord(
            message: record,
            links: [],
            acceptance: try acceptance(mailboxes, peer: peer),
            onward: try partners.map { try onward($0, through: hub, peer: peer) }
        )
    }

    /// What another node brings, with its links, for mailboxes here or, at a hub, for another node.
    func transfer(
        _ links: [TransferLink],
        mailboxes: [String] = [],
        onTo partner: String? = nil
    ) throws -> AdmissionRecord {
        let peer = "spiffe://\(links.last?.entry.log.rawValue ?? "")"
        return AdmissionRecord(
            message: record,
            links: links,
            acceptance: try acceptance(mailboxes, peer: peer),
            onward: try partner.map { [try onward($0, kind: .relay, peer: peer)] } ?? []
        )
    }

    private func acceptance(_ mailboxes: [String], peer: String) throws -> LocalAcceptance? {
        guard !mailboxes.isEmpty else { return nil }
        return LocalAcceptance(
            mailboxes: try mailboxes.map { try MailboxName($0) },
            entry: try draft(.acceptance, peer: peer)
        )
    }
}

/// Signs the headers of sample messages, whoever their originators are; each header once, so that equal messages are
/// equal in every byte.
private enum SampleSigner {
    static let label = Result {
        try ConfidentialityLabel(
            policy: LabelPolicyName("GBR"),
            owner: LabelOwner("GBR"),
            classification: Classification("SECRET")
        )
    }

    private static let signer = Result {
        let mailbox = try CoalitionFixture(["GBR"]).mailbox("GBR/j2-fusion").signing
        return CMSSigner(certificate: mailbox.certificate, key: mailbox.key)
    }

    private static let signed = Mutex<[MessageHeader: [UInt8]]>([:])

    static func sign(_ header: MessageHeader) throws -> [UInt8] {
        let signer = try signer.get()
        return try signed.withLock { signed in
            if let der = signed[header] { return der }
            let der = try signer.sign(header.canonicalBytes, signingTime: header.dateTime.secondsSinceEpoch)
            signed[header] = der
            return der
        }
    }
}

/// Another node with a log of its own, which releases messages to the node under test.
final class SampleNode: Sendable {
    let fixture: StoreFixture
    let store: RelayStore

    init(_ partner: String) throws {
        fixture = try StoreFixture(partner: partner)
        store = try fixture.open()
    }

    /// The links of a release of `message` to the partner's node.
    func release(_ message: SampleMessage, to partner: String = "gbr", through hub: String? = nil) async throws
        -> [TransferLink]
    {
        try await store.admit(try message.submission(to: [partner], through: hub)).links
    }
}

extension StoreFixture {
    convenience init(partner: String) throws {
        try self.init(
            identity: NodeIdentity(partner: PartnerCode(partner.uppercased()), id: .node(partner), realm: .live)
        )
    }
}

extension AdmissionOutcome {
    var links: [TransferLink] {
        switch self {
        case .admitted(let links), .duplicate(let links): links
        case .denied(let link, let refusal): [link] + [refusal].compactMap(\.self)
        case .conflict(_, let refusal): [refusal]
        }
    }

    var name: String {
        switch self {
        case .admitted: "admitted"
        case .denied: "denied"
        case .duplicate: "duplicate"
        case .conflict: "conflict"
        }
    }
}
