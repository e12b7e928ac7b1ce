public import OpenSSLCrypto

/// A mailbox's signing certificate that was found good. Only ``Directory`` makes one.
public struct SignerRecord: Hashable, Sendable {
    /// The mailbox that signs with the key.
    public let address: MailboxAddress
    /// The mailbox's ID, which the certificate carries.
    public let id: SPIFFEID
    /// The certificate of the key.
    public let certificate: Certificate
    /// Leaf first, root last.
    public let chain: [Certificate]

    init(_ listed: ListedCertificate, chain: CheckedChain) {
        address = listed.address
        id = listed.id
        certificate = listed.certificate
        self.chain = chain.chain
    }
}
