import NIOConcurrencyHelpers

/// The memory that the bodies and answers of all connections share.
final class WireMemory: Sendable {
    fileprivate let shares: NIOLockedValueBox<MemoryShares>

    init(limits: WireLimits) {
        self.shares = NIOLockedValueBox(MemoryShares(limits: limits))
    }

    /// The bytes of bodies and answers that are held at this moment.
    var bufferedBytes: Int { self.shares.withLockedValue { $0.total } }
}

/// What one body or answer takes of the memory, given back at the latest when nobody refers to it any more.
final class MemoryLease: Sendable {
    private let memory: WireMemory
    private let key: String
    private let held = NIOLockedValueBox(0)

    /// - Parameter key: the peer whose share it counts against.
    init(of memory: WireMemory, for key: String) {
        self.memory = memory
        self.key = key
    }

    deinit {
        self.release()
    }

    /// Takes so many bytes more. Returns false, and takes none, when the peer or all together hold too much.
    func take(_ count: Int) -> Bool {
        self.held.withLockedValue { self.grow(&$0, to: $0 + count) }
    }

    /// Takes what is missing to that many bytes. Returns false, and changes nothing, when that is too much.
    func raise(to count: Int) -> Bool {
        self.held.withLockedValue { count <= $0 || self.grow(&$0, to: count) }
    }

    private func grow(_ held: inout Int, to count: Int) -> Bool {
        guard self.memory.shares.withLockedValue({ [held] in $0.grow(from: held, to: count, for: self.key) }) else {
            return false
        }
        held = count
        return true
    }

    /// Counts exactly so many bytes from now on, which are there already.
    func set(to count: Int) {
        self.held.withLockedValue { held in
            guard held != count else { return }
            self.memory.shares.withLockedValue { [held] in $0.change(from: held, to: count, for: self.key) }
            held = count
        }
    }

    func release() {
        self.set(to: 0)
    }
}
