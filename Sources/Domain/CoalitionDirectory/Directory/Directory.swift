public import OpenSSLCrypto

/// The coalition in one realm, as the signed sheets of its partners describe it: whom to trust for what, where the nodes
/// are, and which keys the mailboxes have.
///
/// Immutable: a new sheet makes a new directory. Sheets of other realms may be among those given; their principals are
/// recognised and refused, and never found by a look-up.
public struct Directory: Sendable {
    /// The realm whose principals are accepted.
    public let realm: Realm
    /// The partners of the realm, by code.
    public let partners: [PartnerCode: PartnerSheet]
    /// Names the state of the directory: the digest of its realm and of every sheet in it. Log entries carry it.
    public let stateHash: SHA256Digest
    /// The sheets by their digests.
    public let state: DirectoryState

    let trustDomains: [TrustDomain: SignedSheet]
    let listed: [KeyIdentifier: ListedCertificate]
    let cache = CheckedChainCache()
    private let nodes: [SPIFFEID: NodeRecord]
    private let logOrigins: [String: SPIFFEID]
    private let mailboxes: [MailboxAddress: PartnerSheet.Mailbox]

    /// Puts sheets together and refuses conflicts, naming both sides.
    public init(sheets: [SignedSheet], realm: Realm) throws(DirectoryError) {
        var conflicts = DirectoryConflicts()
        for signed in sheets { try conflicts.admit(signed.sheet) }
        let own = sheets.map(\.sheet).filter { $0.realm == realm }
        var nodes: [SPIFFEID: NodeRecord] = [:]
        var mailboxes: [MailboxAddress: PartnerSheet.Mailbox] = [:]
        for sheet in own {
            for node in sheet.nodes {
                let id = sheet.id(.node(node.name))
                nodes[id] = NodeRecord(partner: sheet.code, id: id, endpoint: node.endpoint, log: node.log)
            }
            for mailbox in sheet.mailboxes {
                mailboxes[MailboxAddress(partner: sheet.code, mailbox: mailbox.name)] = mailbox
            }
        }
        self.realm = realm
        self.nodes = nodes
        self.mailboxes = mailboxes
        // INVARIANT: codes, trust domains and keys are unique among the sheets, which admitting them has shown.
        partners = Dictionary(uniqueKeysWithValues: own.map { ($0.code, $0) })
        trustDomains = Dictionary(uniqueKeysWithValues: sheets.map { ($0.sheet.trustDomain, $0) })
        logOrigins = Dictionary(uniqueKeysWithValues: nodes.map { ($0.value.log.origin, $0.key) })
        let ownTrustDomains = Set(own.map(\.trustDomain))
        listed = conflicts.listed.filter { ownTrustDomains.contains($0.value.id.trustDomain) }
        state = DirectoryState(of: sheets, realm: realm)
        stateHash = state.hash
    }

    /// The partner with the code, or nil when there is none in this realm.
    public func partner(_ code: PartnerCode) -> PartnerSheet? { partners[code] }

    /// The partner that a trust domain belongs to, or nil when there is none in this realm.
    public func partner(of trustDomain: TrustDomain) -> PartnerCode? {
        guard let sheet = trustDomains[trustDomain]?.sheet, sheet.realm == realm else { return nil }
        return sheet.code
    }

    /// The node with the SPIFFE ID, or nil when no sheet of this realm lists it.
    public func node(_ id: SPIFFEID) -> NodeRecord? { nodes[id] }

    /// The node with the name at a partner, or nil when the partner's sheet does not list it.
    public func node(_ name: NodeName, of code: PartnerCode) -> NodeRecord? {
        partners[code].flatMap { nodes[$0.id(.node(name))] }
    }

    /// The node whose log has the origin, or nil when no sheet of this realm lists it.
    public func node(logOrigin: String) -> NodeRecord? { logOrigins[logOrigin].flatMap { nodes[$0] } }

    /// The node that holds the mailbox, or nil when no sheet of this realm lists the mailbox.
    public func homeNode(of address: MailboxAddress) -> NodeRecord? {
        mailboxes[address].flatMap { node($0.homeNode, of: address.partner) }
    }

    /// The mailbox as its partner's sheet lists it, or nil.
    public func mailbox(_ address: MailboxAddress) -> PartnerSheet.Mailbox? { mailboxes[address] }

    /// The SPIFFE ID that belongs to the mailbox, or nil when no sheet of this realm lists it.
    public func id(of address: MailboxAddress) -> SPIFFEID? {
        guard mailboxes[address] != nil else { return nil }
        return partners[address.partner]?.id(.mailbox(address.mailbox))
    }
}
