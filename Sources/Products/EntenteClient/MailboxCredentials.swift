public import CoalitionDirectory
public import OpenSSLCrypto

/// What a mailbox proves itself by and reads its messages with.
public struct MailboxCredentials: Sendable {
    /// A certificate and the private key that belongs to it.
    public struct KeyPair: Sendable {
        public let certificate: Certificate
        public let key: PrivateKey

        /// - Throws: ``ClientError/credentials(_:)`` when the key is not that of the certificate.
        public init(certificate: Certificate, key: PrivateKey) throws(ClientError) {
            guard certificate.publicKey == key.publicKey else {
                throw .credentials(
                    "the key does not belong to the certificate \(certificate.serialNumber) of \(certificate.subject)"
                )
            }
            self.certificate = certificate
            self.key = key
        }
    }

    public let address: MailboxAddress
    /// Signs messages and receipts, and is the client's side of TLS.
    public let signing: KeyPair
    /// Opens messages: the current one and older ones, which messages that were sent before a rollover need.
    public let encryption: [KeyPair]

    public init(address: MailboxAddress, signing: KeyPair, encryption: [KeyPair]) {
        self.address = address
        self.signing = signing
        self.encryption = encryption
    }
}
