#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How many files this process may have open at a time, connections among them.
enum OpenFileLimit {
    /// What a node needs beside its connections: database, listeners, event loops, links to other nodes.
    static let reserve = 256
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    /// Raises the limit as far as the system lets the process, and returns it.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return reserve }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }
}

extension WireLimits {
    /// The limits of a process that has as many files open as the system lets it, which this sees to.
    public static func fittingThisProcess() -> WireLimits {
        var limits = WireLimits()
        limits.fit(openFiles: OpenFileLimit.raise())
        return limits
    }

    /// Keeps the number of connections so low that a process with that many files open still can do the rest.
    public mutating func fit(openFiles: Int) {
        let room = openFiles >= 2 * OpenFileLimit.reserve ? openFiles - OpenFileLimit.reserve : openFiles / 2
        self.connections = max(1, min(self.connections, room))
        self.handshakes = max(1, min(self.handshakes, self.connections / 4))
        self.handshakesPerAddress = max(1, min(self.handshakesPerAddress, self.handshakes / 4))
    }
}
