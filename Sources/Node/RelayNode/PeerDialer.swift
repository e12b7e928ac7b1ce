import CoalitionDirectory
import Logging
import NIOCore
import NIOOpenSSL
import NIOPosix
import RelayTransport
import Relaying

/// Makes connections to other nodes: with this node's certificate as it is now, and a look at who answers.
struct PeerDialer: Sendable {
    let state: NodeState
    let judge: PeerJudge
    let group: any EventLoopGroup
    let handshakePool: NIOThreadPool
    let logger: Logger

    /// A connection for each name; none where no sheet lists the node any more.
    func clients<Name: Hashable>(
        to node: SPIFFEID,
        for names: [Name],
        requestTimeout: TimeAmount = .seconds(60)
    ) -> [Name: WireClient<AuthenticatedPrincipal>] {
        let material = state.material
        let judge = judge
        guard let record = material.view.directory.node(node) else {
            logger.error("no sheet lists the next hop", metadata: [LogKey.nextHop: "\(node)"])
            return [:]
        }
        do {
            let context = try TLSContext(
                side: .client,
                profile: material.configuration.profile,
                certificateChain: material.certificateChain,
                privateKey: material.key,
                applicationProtocols: ["h2"],
                authenticate: { judge.judge(server: $0, expected: node) }
            )
            return Dictionary(
                uniqueKeysWithValues: names.map { name in
                    let client = WireClient(
                        host: record.endpoint.host,
                        port: Int(record.endpoint.port),
                        context: { context },
                        group: group,
                        handshakePool: handshakePool,
                        requestTimeout: requestTimeout
                    )
                    return (name, client)
                }
            )
        } catch {
            logger.error("cannot set up TLS", metadata: [LogKey.nextHop: "\(node)", LogKey.error: "\(error)"])
            return [:]
        }
    }

    /// One connection; nil where no sheet lists the node any more.
    func client(to node: SPIFFEID, requestTimeout: TimeAmount) -> WireClient<AuthenticatedPrincipal>? {
        clients(to: node, for: [node], requestTimeout: requestTimeout)[node]
    }
}
