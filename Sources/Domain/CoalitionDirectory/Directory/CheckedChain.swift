import CanonicalEncoding
import OpenSSLCrypto

/// A chain that was found good, and how long that finding holds.
struct CheckedChain: Sendable {
    /// Leaf first, root last.
    let chain: [Certificate]
    /// The times, in Unix seconds, at which every certificate of the chain is valid.
    let validity: Range<Int64>
    /// The times, in Unix seconds, at which every revocation list that was relied on is current; nil when there is none.
    let currency: Range<Int64>?

    init(chain: [Certificate], revocationLists: [CertificateRevocationList]) {
        self.chain = chain
        let notBefore = chain.map(\.notBefore).max() ?? .max
        let notAfter = chain.map(\.notAfter).min() ?? .min
        // The last second is part of the validity (RFC 5280 section 4.1.2.5).
        validity = notBefore..<max(notBefore, notAfter + 1)
        let thisUpdate = revocationLists.map(\.thisUpdate).max() ?? .max
        let nextUpdate = revocationLists.map(\.nextUpdate).min() ?? .min
        currency = thisUpdate < nextUpdate ? thisUpdate..<nextUpdate : nil
    }

    /// Whether the finding still holds for something signed at one time and looked at another.
    func holds(signedAt: Timestamp, now: Timestamp) -> Bool {
        validity.contains(signedAt.secondsSinceEpoch) && currency?.contains(now.secondsSinceEpoch) == true
    }
}
