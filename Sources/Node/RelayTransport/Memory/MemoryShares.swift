/// How much of the memory for bodies and answers is taken, and by whom; without I/O.
///
/// Each peer has a share of what is common. For what is small a part of the whole is kept, of which each peer may take a
/// little beyond its share: so large transfers of some keep nobody's short messages out, their own among them, and no
/// peer can use up what is kept.
struct MemoryShares {
    private struct Peer {
        var small = 0
        var large = 0

        var total: Int { self.small + self.large }
    }

    private let limits: WireLimits
    private(set) var total = 0
    private var peers: [String: Peer] = [:]

    init(limits: WireLimits) {
        self.limits = limits
    }

    /// Lets a body or an answer of a peer that has `old` bytes have `new` ones. Returns whether it may.
    mutating func grow(from old: Int, to new: Int, for key: String) -> Bool {
        let peer = self.peers[key] ?? Peer()
        let count = new - old
        let isWithinShare =
            peer.total + count <= self.limits.bufferedBytesPerPeer
            && self.total + count <= self.limits.bufferedBytes - self.limits.bufferedBytesForSmall
        let isWithinReserve =
            self.isSmall(new) && peer.small + count <= self.limits.smallBytesPerPeer
            && self.total + count <= self.limits.bufferedBytes
        guard isWithinShare || isWithinReserve else { return false }
        self.change(from: old, to: new, for: key)
        return true
    }

    /// Counts `new` bytes instead of `old` whether the peer may or not: what is there cannot be refused any more.
    mutating func change(from old: Int, to new: Int, for key: String) {
        self.total += new - old
        var peer = self.peers[key] ?? Peer()
        if self.isSmall(old) { peer.small -= old } else { peer.large -= old }
        if self.isSmall(new) { peer.small += new } else { peer.large += new }
        self.peers[key] = peer.total > 0 ? peer : nil
    }

    private func isSmall(_ count: Int) -> Bool { count <= self.limits.smallBytes }
}
