import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The process at the other end of a Unix domain socket, as the kernel noted it when it connected (unix(7), SO_PEERCRED).
struct PeerCredentials: Hashable, Sendable {
    // The layout is that of `struct ucred`, which Swift does not import.
    let process: Int32
    let user: UInt32
    let group: UInt32

    /// Reads them from the channel.
    ///
    /// - Throws: ``OperatorProblem`` when the kernel does not tell.
    static func read(from channel: any Channel) async throws(OperatorProblem) -> PeerCredentials {
        do {
            return try await future(from: channel).get()
        } catch {
            throw .notIdentified("\(error)")
        }
    }

    /// Reads them from the channel, on its event loop.
    static func future(from channel: any Channel) -> EventLoopFuture<PeerCredentials> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        return provider.unsafeGetSocketOption(level: .socket, name: .init(rawValue: SO_PEERCRED))
    }

    /// The name of the user's account; nil when the machine knows none.
    var accountName: String? {
        var size = 1024
        while size <= 1 << 20 {
            let lookup = Self.lookUp(user, bufferSize: size)
            if lookup.result != ERANGE { return lookup.name }
            size *= 4
        }
        return nil
    }

    private static func lookUp(_ user: UInt32, bufferSize: Int) -> (result: Int32, name: String?) {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: bufferSize) { buffer in
            guard let start = buffer.baseAddress else { return (ENOMEM, nil) }
            var account = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let result = getpwuid_r(user, &account, start, buffer.count, &found)
            guard result == 0, found != nil, let name = account.pw_name else { return (result, nil) }
            return (result, String(cString: name))
        }
    }
}
