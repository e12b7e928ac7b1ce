package import OpenSSLCrypto

/// A certificate with its key.
package struct Credential: Sendable {
    package let certificate: Certificate
    package let key: PrivateKey
    /// The authority that issued the certificate, to be sent along in TLS.
    package let issuer: Certificate

    /// What a TLS peer presents: leaf, then intermediate.
    package var chain: [Certificate] { [certificate, issuer] }
}
