import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import TestSupport
import Testing

@testable import Relaying

/// A coalition of four with one node each, a policy, and all their keys: GBR, FRA, DEU and JPN. FRA is the hub.
struct Scene {
    static let policyText = """
        format: 1
        name: EXAMPLE COALITION
        ladders:
          levels: [UNCLASSIFIED, RESTRICTED, SECRET, TOP SECRET]
          equivalents:
            GBR: {OFFICIAL: RESTRICTED, SECRET: SECRET, TOP SECRET: TOP SECRET}
            FRA: {SECRET: SECRET, TRES SECRET: TOP SECRET}
            DEU: {GEHEIM: SECRET}
        compartments: [SI]
        caveats: [EYES ONLY]
        types: [INTREP, SITREP]
        partners:
          GBR: {kind: nation, ceiling: TOP SECRET, compartments: [SI]}
          FRA: {kind: nation, ceiling: TOP SECRET, compartments: [SI]}
          DEU: {kind: nation, ceiling: SECRET}
          JPN: {kind: nation, ceiling: SECRET}
        nodes:
          gbr-1: {partner: GBR, accreditation: TOP SECRET, realm: live}
          gbr-2: {partner: GBR, accreditation: TOP SECRET, realm: live}
          fra-hub: {partner: FRA, accreditation: TOP SECRET, realm: live}
          deu-1: {partner: DEU, accreditation: SECRET, realm: live}
          jpn-1: {partner: JPN, accreditation: SECRET, realm: live}
        guardrails:
          eyes-only: {says: "EYES ONLY stays with its owner", deny: {caveat: EYES ONLY, recipient: not owner}}
        agreements:
          allies: {says: "the three share reports", owner: [GBR, FRA, DEU], to: [GBR, FRA, DEU], up-to: SECRET,
                   types: [INTREP, SITREP], from: 2026-01-01, until: 2030-12-31, review: 2030-01-01, ref: "MOU 1"}

        """

    private static let shared = Result {
        let britain = try PartnerPlan(
            code: "GBR",
            nodes: ["gbr-1": "127.0.0.1:8441", "gbr-2": "127.0.0.1:8451"],
            mailboxes: ["j2-fusion": "gbr-1", "maritime-desk": "gbr-1", "rear-desk": "gbr-2"]
        )
        return try CoalitionFixture([britain] + ["FRA", "DEU", "JPN"].map { try PartnerPlan.example($0) })
    }

    let coalition: CoalitionFixture
    /// What every node's TLS sessions have at the least.
    var link = LinkStrength.standard
    /// The policy of every node, after the test has changed its text as it likes.
    let policy: PolicyInForce
    /// From each node to a partner, by way of; direct where nothing is said.
    var routes: [String: [PartnerCode: [SPIFFEID]]] = [:]

    init(editingPolicy edit: (String) -> String = { $0 }) throws {
        coalition = try Self.shared.get()
        policy = PolicyInForce(try Policy.parse(yaml: edit(Self.policyText), file: "policy.yaml"))
    }

    var time: Timestamp { coalition.time }
    var directory: Directory { coalition.directory }

    static func node(_ name: String) throws -> SPIFFEID {
        try SPIFFEID("spiffe://\(name.prefix(3)).example/node/\(name)")
    }

    func identity(_ name: String) throws -> NodeIdentity {
        let id = try Self.node(name)
        return try NodeIdentity(
            partner: #require(directory.partner(of: id.trustDomain)),
            id: id,
            realm: .live
        )
    }

    func view(_ name: String) throws -> RelayView {
        RelayView(
            node: try identity(name),
            directory: directory,
            policy: policy,
            routes: Routes(routes[name] ?? [:]),
            link: link
        )
    }

    /// Sends what `name` has for `partner` through these nodes, the preferred one first.
    mutating func route(_ name: String, to partner: String, through hops: String...) throws {
        routes[name, default: [:]][try PartnerCode(partner)] = try hops.map { try Self.node($0) }
    }

    /// The mailbox `GBR/j2-fusion` as TLS has authenticated it.
    func mailbox(_ address: String) throws -> AuthenticatedPrincipal {
        try authenticated(coalition.mailbox(address).signing)
    }

    /// The node as TLS has authenticated it.
    func peer(_ name: String) throws -> AuthenticatedPrincipal {
        try authenticated(coalition.partner(String(name.prefix(3)).uppercased()).node(name).credential)
    }

    private func authenticated(_ credential: Credential) throws -> AuthenticatedPrincipal {
        switch directory.authenticate(presentedChain: credential.chain, purpose: .tlsClient, at: time) {
        case .accepted(let principal): return principal
        case .refused(let refusal): throw refusal
        }
    }

    func message(
        from originator: String = "GBR/j2-fusion",
        to recipients: [String],
        classification: String = "SECRET",
        caveats: [String] = []
    ) throws -> ReceivedEnvelope {
        let label = try ConfidentialityLabel(
            policy: LabelPolicyName("EXAMPLE COALITION"),
            owner: LabelOwner(String(originator.prefix(3))),
            classification: Classification(classification),
            caveats: caveats.map { try Caveat($0) },
            type: MessageType("INTREP")
        )
        let signing = try coalition.mailbox(originator).signing
        let message = OutgoingMessage(
            originator: try MailboxAddress(originator),
            recipients: Set(try recipients.map { try MailboxAddress($0) }),
            label: label,
            precedence: .priority,
            description: ContentDescription(subject: "Harbour", mediaType: "text/plain"),
            payload: Array("three vessels".utf8)
        )
        let envelope = try message.seal(
            id: MessageID.generate(at: time),
            signer: CMSSigner(certificate: signing.certificate, key: signing.key),
            directory: directory
        )
        return try ReceivedEnvelope(envelope)
    }

    func receipt(for received: ReceivedEnvelope, by address: String, signing: String? = nil) throws -> DeliveryReceipt {
        let verified = try received.verified(by: directory, releasedAt: time, now: time)
        let own = try coalition.mailbox(address)
        let opened = try verified.open(
            as: MailboxAddress(address),
            keys: [(own.encryption.certificate, own.encryption.key)]
        )
        let signer = try coalition.mailbox(signing ?? address).signing
        return try opened.receipt(certificate: signer.certificate, key: signer.key, at: time)
    }

    func stored(
        _ received: ReceivedEnvelope,
        nextHops: [String: Set<String>] = [:],
        isAccepted: Bool = false,
        receipts: Set<String> = [],
        reported: Set<String> = []
    ) throws -> StoredMessage {
        var hops: [SPIFFEID: Set<SPIFFEID>] = [:]
        for (destination, names) in nextHops {
            hops[try Self.node(destination)] = Set(try names.map { try Self.node($0) })
        }
        return StoredMessage(
            header: try StoredHeader(der: received.envelope.header),
            digest: received.digest,
            nextHops: hops,
            isAccepted: isAccepted,
            receipts: Set(try receipts.map { try MailboxAddress($0) }),
            reported: Set(try reported.map { try Self.node($0) })
        )
    }
}

/// Expects a ``RelayRefusal`` with the reason code.
func expectRefusal<Value>(
    _ code: String,
    _ category: RelayRefusal.Category? = nil,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Value
) {
    let error = #expect(throws: RelayRefusal.self, sourceLocation: sourceLocation) { _ = try body() }
    guard let error else { return }
    #expect(error.code == code, Comment(rawValue: error.detail), sourceLocation: sourceLocation)
    if let category { #expect(error.category == category, sourceLocation: sourceLocation) }
}

/// Expects a ``TransferError`` with the code.
func expectRefusal<Value>(
    _ code: TransferError.Code,
    _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Value
) {
    let error = #expect(throws: TransferError.self, comment, sourceLocation: sourceLocation) { _ = try body() }
    guard let error else { return }
    #expect(error.code == code, comment ?? Comment(rawValue: error.detail), sourceLocation: sourceLocation)
}

extension AdmissionVerdict {
    var admitted: Admission? { if case .admitted(let admission) = self { admission } else { nil } }
    var denied: Denial? { if case .denied(let denial) = self { denial } else { nil } }
}
