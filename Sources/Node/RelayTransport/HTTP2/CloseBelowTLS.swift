import NIOCore
import NIOOpenSSL

/// Closes a connection at once: nothing more goes out, and no answer of the peer is waited for.
func closeBelowTLS<Peer: Sendable>(_ channel: any Channel, _: Peer.Type) {
    channel.eventLoop.execute {
        do {
            let context = try channel.pipeline.syncOperations.context(handlerType: OpenSSLHandler<Peer>.self)
            context.close(promise: nil)
        } catch {
            // Without its handlers, the channel is closed already.
            channel.close(promise: nil)
        }
    }
}
