public import OpenSSLCrypto

/// Who is at the other end of a connection. Only ``Directory`` makes one.
public struct AuthenticatedPrincipal: Hashable, Sendable {
    /// The partner that it belongs to.
    public let partner: PartnerCode
    /// Who it is: the ID in the certificate.
    public let id: SPIFFEID
    /// The certificate that was presented, which the peer has proven to hold the key of.
    public let certificate: Certificate
    /// Leaf first, root last: what is checked again when the directory changes.
    public let chain: [Certificate]

    init(partner: PartnerCode, id: SPIFFEID, chain: CheckedChain, certificate: Certificate) {
        self.partner = partner
        self.id = id
        self.certificate = certificate
        self.chain = chain.chain
    }

    /// The address when this is a mailbox.
    public var mailboxAddress: MailboxAddress? {
        id.mailbox.map { MailboxAddress(partner: partner, mailbox: $0) }
    }
}

/// Whether a presented certificate is an identity, and which.
public enum IdentityVerdict: Sendable {
    case accepted(AuthenticatedPrincipal)
    case refused(IdentityRefusal)
}

/// The part that the peer takes in the TLS handshake.
public enum PeerPart: Hashable, Sendable, CaseIterable {
    /// The peer has connected to us: a node, a mailbox or an operator.
    case tlsClient
    /// We have connected to the peer: a node.
    case tlsServer
}
