import OpenSSLCrypto
import Synchronization

/// The chains that one directory has found good, by key identifier.
///
/// It belongs to one immutable directory, so that an entry can only become wrong by the passing of time, which the
/// entry itself knows. It never holds more than the directory lists.
final class CheckedChainCache: Sendable {
    private let chains = Mutex<[KeyIdentifier: CheckedChain]>([:])

    subscript(key: KeyIdentifier) -> CheckedChain? {
        get { chains.withLock { $0[key] } }
        set { chains.withLock { $0[key] = newValue } }
    }
}
