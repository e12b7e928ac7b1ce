public import OpenSSLCrypto

/// A mailbox's signing certificate that was found good. Only ``Directory`` makes one.
public struct SignerRecord: Hashable, Sendable {
    public let address: MailboxAddress
    public let id: SPIFFEID
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
