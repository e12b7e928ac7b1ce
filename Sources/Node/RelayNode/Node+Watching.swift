import CoalitionDirectory
import Logging
import NIOOpenSSL
import OperatorInterface
import RelayStorage
import RelayTransport
import Synchronization

extension Node {
    /// Closes the connections of peers that would be refused now, and logs why.
    func enforceTrust() {
        let judge = judge
        let refusals = refusals
        server.closeConnections { peer in
            guard let refusal = judge.refusal(of: peer, part: .tlsClient) else { return false }
            refusals.record(refusal.code, detail: "connection closed: \(refusal.detail)", peer: peer.id)
            return true
        }
    }

    /// Reloads when a file changes, and lets go of peers whose certificates or revocation lists have run out.
    func watchFiles() async {
        var watch = watch
        var tick = 0
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                break
            }
            tick += 1
            let changed = watch.changes(in: state.material.configuration.watchedFiles)
            if !changed.isEmpty { requestReload(cause: "changed: \(changed.joined(separator: ", "))") }
            await measureQueues()
            watchStorage()
            if tick.isMultiple(of: 10) {
                await wipe()
                enforceTrust()
                forwarders.enforceTrust()
                await forwarders.sweep()
                refusals.closeWindow()
            }
        }
    }

    private func measureQueues() async {
        do {
            try await queues.measure { () async throws(StoreError) in try await store.queueLengths() }
        } catch {
            logger.error("cannot measure the queues", metadata: [LogKey.error: "\(error)"])
        }
    }
}
