import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import NIOCore
import NIOOpenSSL
import NIOPosix
import NodeSupport
import OpenSSLCrypto
import RelayTransport
import Relaying
import Synchronization
import TestSupport

/// Whoever answers at a node's port, with a true certificate, and says to transfers what a test tells him to.
final class ScriptedNode: Sendable {
    typealias Answer = @Sendable (Transfer) throws -> WireResponse
    typealias SignalAnswer = @Sendable (StreamSignal) throws -> WireResponse

    private let answer = Mutex<Answer>({ _ in WireResponse(status: .internalServerError) })
    private let signalAnswer = Mutex<SignalAnswer>({ _ in WireResponse(status: .notFound) })
    private let custodyPages = Mutex<[JSONValue]>([])
    private let custodyQuestions = Mutex<[String]>([])
    private let custodyDelay = Mutex<Duration>(.zero)
    private let received = Mutex<[Transfer]>([])
    private let server = Mutex<WireServer<AuthenticatedPrincipal>?>(nil)

    /// What was brought to him, whatever he answered.
    var transfers: [Transfer] { received.withLock { $0 } }

    /// - Parameter holder: the partner whose node's certificate he shows; that of the place itself if nil.
    static func start(in place: String, as holder: String? = nil, of coalition: RunningCoalition) async throws
        -> ScriptedNode
    {
        let node = ScriptedNode()
        let credential = try coalition.nodeCredential(holder ?? place)
        let directory = coalition.fixture.directory
        let context = try TLSContext<AuthenticatedPrincipal>(
            side: .server,
            profile: .standard,
            certificateChain: credential.chain,
            privateKey: credential.key,
            applicationProtocols: ["h2"],
            authenticate: { chain in
                switch directory.authenticate(presentedChain: chain, purpose: .tlsClient, at: .now()) {
                case .accepted(let principal): .accepted(principal)
                case .refused(let refusal):
                    .refused(PeerRefusal(code: refusal.code.rawValue, detail: refusal.detail, alert: .unknownCA))
                }
            }
        )
        let server = WireServer<AuthenticatedPrincipal>(
            configuration: WireServerConfiguration(host: "127.0.0.1", port: coalition.port(of: place)),
            context: { context },
            group: MultiThreadedEventLoopGroup.singleton,
            handshakePool: .singleton,
            peerKey: { $0.id.description },
            admit: { _, _ in .success(Transfer.maximumSize) },
            respond: { request in
                let answer = node.respond(to: request)
                if request.path == "/v1/custody" { await node.takeTime() }
                return answer
            },
            onRefusedPeer: { _, _, _ in }
        )
        try await server.start()
        node.server.withLock { $0 = server }
        return node
    }

    func answers(_ answer: @escaping Answer) {
        self.answer.withLock { $0 = answer }
    }

    /// What he says to words about streams.
    func answersSignals(_ answer: @escaping SignalAnswer) {
        signalAnswer.withLock { $0 = answer }
    }

    /// What he answers to the next questions about custody, in turn, and the last of it to all further ones; nothing is
    /// there before.
    ///
    /// - Parameter delay: how long he takes for it.
    /// - Returns: gives the places behind which he was asked while he had an answer.
    func answersCustody(with pages: [JSONValue], after delay: Duration = .zero) -> @Sendable () -> [String] {
        custodyPages.withLock { $0 = pages }
        custodyDelay.withLock { $0 = delay }
        return { [self] in custodyQuestions.withLock { $0 } }
    }

    private func custody(after place: String?) -> WireResponse {
        let page = custodyPages.withLock { $0.count > 1 ? $0.removeFirst() : $0.first }
        guard let page else { return WireResponse(status: .notFound) }
        custodyQuestions.withLock { $0.append(place ?? "none") }
        return WireResponse(status: .ok, contentType: "application/json", body: page.canonicalBytes)
    }

    private func takeTime() async {
        do {
            try await Task.sleep(for: custodyDelay.withLock { $0 })
        } catch {
            // He was stopped meanwhile.
        }
    }

    func stop() async {
        await server.withLock { $0 }?.shutdown()
    }

    private func respond(to request: WireRequest<AuthenticatedPrincipal>) -> WireResponse {
        do {
            if request.path == "/v1/signals" {
                let signal = try StreamSignal(bytes: Array(request.body.readableBytesView))
                return try signalAnswer.withLock { $0 }(signal)
            }
            if request.path == "/v1/custody" { return custody(after: request.queryValue("after")) }
            guard request.path == "/v1/transfers" else { return WireResponse(status: .notFound) }
            let transfer = try Transfer(bytes: Array(request.body.readableBytesView))
            received.withLock { $0.append(transfer) }
            return try answer.withLock { $0 }(transfer)
        } catch {
            return WireResponse(status: .badRequest, contentType: "text/plain", body: Array("\(error)".utf8))
        }
    }
}
