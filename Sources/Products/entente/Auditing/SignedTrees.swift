import OpenSSLCrypto
import TransparencyLog

/// The signed trees, and the entries in them, that logs were proven by: none may contradict another.
///
/// Logs are told apart by their keys, for one that begins anew has the name of the one before.
struct SignedTrees {
    private struct Place: Hashable {
        let key: [UInt8]
        let number: UInt64
    }

    private var roots: [Place: SHA256Digest] = [:]
    private var leaves: [Place: SHA256Digest] = [:]

    /// Takes an entry that has been proven in a tree that the key has signed.
    ///
    /// - Returns: what the log has signed twice and differently, in words; nil when nothing contradicts what came before.
    mutating func contradiction(adding leaf: SHA256Digest, at index: UInt64, in head: TreeHead, signedBy key: [UInt8])
        -> String?
    {
        if let other = roots.updateValue(head.root, forKey: Place(key: key, number: head.size)), other != head.root {
            return "two trees of \(head.size) entries, with the roots \(other) and \(head.root)"
        }
        if let other = leaves.updateValue(leaf, forKey: Place(key: key, number: index)), other != leaf {
            return "trees of which one holds another entry \(index) than the other"
        }
        return nil
    }
}
