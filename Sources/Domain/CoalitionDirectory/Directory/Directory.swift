import CanonicalEncoding
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

    let trustDomains: [TrustDomain: SignedSheet]
    let listed: [KeyIdentifier: ListedCertificate]
    let cache = CheckedChainCache()

    /// Puts sheets together and refuses conflicts, naming both sides.
    public init(sheets: [SignedSheet], realm: Realm) throws(DirectoryError) {
        var partners: [PartnerCode: PartnerSheet] = [:]
        var trustDomains: [TrustDomain: SignedSheet] = [:]
        var conflicts = DirectoryConflicts()
        for signed in sheets {
            try conflicts.admit(signed.sheet)
            trustDomains[signed.sheet.trustDomain] = signed
            if signed.sheet.realm == realm { partners[signed.sheet.code] = signed.sheet }
        }
        self.realm = realm
        self.partners = partners
        self.trustDomains = trustDomains
        listed = conflicts.listed.filter { trustDomains[$0.value.id.trustDomain]?.sheet.realm == realm }
        stateHash = Self.stateHash(of: sheets, realm: realm)
    }

    /// The partner with the code, or nil when there is none in this realm.
    public func partner(_ code: PartnerCode) -> PartnerSheet? { partners[code] }

    /// The partner that a trust domain belongs to, or nil when there is none in this realm.
    public func partner(of trustDomain: TrustDomain) -> PartnerCode? {
        guard let sheet = trustDomains[trustDomain]?.sheet, sheet.realm == realm else { return nil }
        return sheet.code
    }

    /// The node with the SPIFFE ID, or nil when no sheet of this realm lists it.
    public func node(_ id: SPIFFEID) -> NodeRecord? {
        guard let name = id.node, let code = partner(of: id.trustDomain) else { return nil }
        return node(name, of: code)
    }

    /// The node with the name at a partner, or nil when the partner's sheet does not list it.
    public func node(_ name: NodeName, of code: PartnerCode) -> NodeRecord? {
        guard let sheet = partners[code], let node = sheet.nodes.first(where: { $0.name == name }) else { return nil }
        return NodeRecord(partner: code, id: sheet.id(.node(name)), endpoint: node.endpoint, log: node.log)
    }

    /// The node whose log has the origin, or nil when no sheet of this realm lists it.
    public func node(logOrigin: String) -> NodeRecord? {
        for (code, sheet) in partners {
            if let node = sheet.nodes.first(where: { $0.log.origin == logOrigin }) {
                return self.node(node.name, of: code)
            }
        }
        return nil
    }

    /// The node that holds the mailbox, or nil when no sheet of this realm lists the mailbox.
    public func homeNode(of address: MailboxAddress) -> NodeRecord? {
        mailbox(address).flatMap { node($0.homeNode, of: address.partner) }
    }

    /// The mailbox as its partner's sheet lists it, or nil.
    public func mailbox(_ address: MailboxAddress) -> PartnerSheet.Mailbox? {
        partners[address.partner]?.mailboxes.first { $0.name == address.mailbox }
    }

    /// The SPIFFE ID that belongs to the mailbox, or nil when no sheet of this realm lists it.
    public func id(of address: MailboxAddress) -> SPIFFEID? {
        guard mailbox(address) != nil, let sheet = partners[address.partner] else { return nil }
        return sheet.id(.mailbox(address.mailbox))
    }

    private static func stateHash(of sheets: [SignedSheet], realm: Realm) -> SHA256Digest {
        let entries = sheets.sorted { $0.sheet.trustDomain < $1.sheet.trustDomain }.map { signed -> JSONValue in
            [
                "trust-domain": .string(signed.sheet.trustDomain.rawValue),
                "sheet": .string(signed.digest.hex),
            ]
        }
        let state: JSONValue = ["realm": .string(realm.rawValue), "sheets": .array(entries)]
        return SHA256Digest.hash(state.canonicalBytes)
    }
}
