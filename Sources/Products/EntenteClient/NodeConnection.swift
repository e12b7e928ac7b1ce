import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import NIOCore
import NIOOpenSSL
import NIOPosix
import OpenSSLCrypto
import RelayTransport

/// The connection to the own node: requests out, answers or errors in.
struct NodeConnection: Sendable {
    let endpoint: Endpoint
    private let wire: WireClient<AuthenticatedPrincipal>

    /// - Parameter authenticate: says who presented the chain, as the directory of that moment has it.
    init(
        endpoint: Endpoint,
        credentials: MailboxCredentials,
        profile: TLSProfile,
        authenticate: @escaping @Sendable ([Certificate]) -> PeerVerdict<AuthenticatedPrincipal>
    ) throws(ClientError) {
        let context: TLSContext<AuthenticatedPrincipal>
        do {
            context = try TLSContext(
                side: .client,
                profile: profile,
                certificateChain: [credentials.signing.certificate],
                privateKey: credentials.signing.key,
                applicationProtocols: ["h2"],
                authenticate: authenticate
            )
        } catch {
            throw .credentials("the signing certificate of `\(credentials.address)` is of no use for tls: \(error)")
        }
        self.endpoint = endpoint
        wire = WireClient(
            host: endpoint.host,
            port: Int(endpoint.port),
            context: { context },
            group: MultiThreadedEventLoopGroup.singleton,
            handshakePool: NIOThreadPool.singleton
        )
    }

    /// Asks and gives back an answer of status 200 or 201.
    /// - Throws: ``ClientError/problem(_:)`` for any other status, and what goes wrong on the way.
    func get(_ path: String) async throws(ClientError) -> WireResponse {
        try Self.success(try await send(WireClientRequest(method: .get, path: path)))
    }

    /// Posts a body and gives back the answer, whatever its status.
    func post(_ path: String, mediaType: String, body: [UInt8]) async throws(ClientError) -> WireResponse {
        try await send(
            WireClientRequest(
                method: .post,
                path: path,
                headers: [.contentType: mediaType],
                body: ByteBuffer(bytes: body)
            )
        )
    }

    /// Lets the next request check the node anew.
    func disconnect() { wire.disconnect() }

    func close() async { await wire.close() }

    static func success(_ response: WireResponse) throws(ClientError) -> WireResponse {
        guard response.status == .ok || response.status == .created else { throw .problem(NodeProblem(response)) }
        return response
    }

    /// The JSON in an answer.
    static func json(_ response: WireResponse) throws(ClientError) -> JSONValue {
        do {
            return try JSONValue.parse(response.bytes, maximumSize: 64 << 20)
        } catch {
            throw .malformedAnswer("\(error)")
        }
    }

    private func send(_ request: WireClientRequest) async throws(ClientError) -> WireResponse {
        do {
            return try await wire.send(request)
        } catch {
            switch error {
            case .unreachable(let cause): throw .unreachable(endpoint: endpoint, cause: cause)
            case .tls(let failure): throw Self.error(failure, endpoint)
            case .timeout, .connectionLost, .closed: throw .noAnswer(endpoint: endpoint, cause: "\(error)")
            case .protocolViolation, .responseTooLarge: throw .malformedAnswer("\(error)")
            case .cancelled: throw .cancelled
            }
        }
    }
}

extension NodeConnection {
    /// A handshake that did not end is no refusal: the other side hangs or starts again, and nothing was asked yet.
    private static func error(_ failure: TLSFailure, _ endpoint: Endpoint) -> ClientError {
        switch failure.reason {
        case .handshakeTimeout, .closedDuringHandshake, .poolStopped:
            .unreachable(endpoint: endpoint, cause: failure.description)
        case .truncated:
            .noAnswer(endpoint: endpoint, cause: failure.description)
        case .refusedPeer, .alertReceived, .protocolViolation, .noApplicationProtocol:
            .refusedByTLS(TLSRefusal(endpoint: endpoint, failure: failure))
        }
    }
}

extension NodeProblem {
    private static let typePrefix = "urn:entente:problem:"

    /// The problem in an answer; a denial's decisions may make it long, so that it is read here and not as a short one.
    init(_ response: WireResponse) {
        let status = response.status
        var json: JSONValue?
        do {
            json = try JSONValue.parse(response.bytes, maximumSize: 8 << 20)
        } catch {
            // An answer that is no JSON gives no reason; its status says what there is to say.
            json = nil
        }
        let type = json?["type"]?.stringValue ?? ""
        let isOurs = type.hasPrefix(Self.typePrefix)
        self.init(
            code: isOurs ? String(type.dropFirst(Self.typePrefix.count)) : "no-reason",
            status: status.code,
            title: json?["title"]?.stringValue ?? status.reasonPhrase,
            detail: json?["detail"]?.stringValue,
            retryAfter: response.headers[.retryAfter].flatMap { Int($0) }
        )
    }
}
