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
    var accountName: String? { Account(of: user)?.name }
}
