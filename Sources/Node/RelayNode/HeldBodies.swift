import OpenSSLCrypto
import RelayStorage

/// The bodies of which it was said already that a legal hold keeps them beyond their time: they are come upon again and
/// again, and each is worth saying once.
struct HeldBodies: Sendable {
    private var known: [UInt64: Set<SHA256Digest>] = [:]

    /// What a look at what is no longer to be kept has come upon for the first time, by the entries of the holds.
    ///
    /// What is held no more is forgotten.
    mutating func news(of held: [UInt64: KeptBeyondTime]) -> [UInt64: (bodies: Int, details: Int)] {
        var news: [UInt64: (bodies: Int, details: Int)] = [:]
        for (hold, kept) in held {
            let bodies = kept.bodies.subtracting(known[hold] ?? []).count
            if bodies > 0 || kept.details > 0 { news[hold] = (bodies, kept.details) }
        }
        known = held.mapValues(\.bodies)
        return news
    }
}
