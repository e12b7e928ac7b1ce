import CanonicalEncoding
package import CoalitionDirectory
package import HTTPTypes
import Logging
import MessageEnvelope
import NIOCore
import RelayStorage
package import RelayTransport
import Relaying

/// The wire API: who may ask what, and the way of each request through admission into the store and back.
package struct WireAPI: Sendable {
    let state: NodeState
    let store: RelayStore
    let refusals: RefusalLog
    let queues: QueueGauge
    let witnessing: LogWitnessing
    let clock: @Sendable () -> Timestamp
    /// Called behind the commit with the next hops that have new work.
    let wake: @Sendable (Set<SPIFFEID>) -> Void
    /// Asks a next hop something at once, over the connection that objects go over.
    let exchange: @Sendable (SPIFFEID, WireClientRequest) async throws(WireClientError) -> WireResponse
    let gapReports = GapReportPace()
    let logger: Logger

    /// The member of a problem that holds this node's link of its refusal of an object.
    static let refusalMember = "refusal"
    /// Seconds after which it is worth while to try again what was refused for now.
    private static let retryAfter = "5"

    /// Judges a request by its head alone: route, caller, size. The server tells ``Node`` of what is refused.
    package func admit(_ head: HTTPRequest, from peer: AuthenticatedPrincipal) -> Result<Int, ProblemDetails> {
        do throws(ProblemDetails) {
            let path = (head.path ?? "").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            let route = try WireRoute.of(head.method, path: path.first.map(String.init) ?? "")
            try checkCaller(peer, of: route)
            return .success(route.bodyLimit)
        } catch {
            return .failure(error)
        }
    }

    /// Answers a whole request.
    package func respond(to request: WireRequest<AuthenticatedPrincipal>) async -> WireResponse {
        do {
            return try await answer(request)
        } catch let problem as ProblemDetails {
            return .problem(refuse(problem, to: request.peer))
        } catch let refusal as RelayRefusal {
            return refuse(refusal, to: request.peer)
        } catch let error as StoreError {
            logger.error("storage failed", metadata: [LogKey.error: "\(error)", LogKey.peer: "\(request.peer.id)"])
            return refuse(RelayRefusal(error), to: request.peer)
        } catch {
            logger.error("request failed", metadata: [LogKey.error: "\(error)", LogKey.peer: "\(request.peer.id)"])
            let refusal = RelayRefusal(.failed, code: "internal-error", detail: "the node could not answer")
            return refuse(refusal, to: request.peer)
        }
    }

    /// Takes note of a refusal, and says how much of the reason the caller is told.
    package func refuse(_ problem: ProblemDetails, to peer: AuthenticatedPrincipal) -> ProblemDetails {
        refusals.record(problem.code, detail: problem.detail ?? problem.title, peer: peer.id)
        return disclosed(problem, to: peer)
    }

    private func refuse(_ refusal: RelayRefusal, to peer: AuthenticatedPrincipal) -> WireResponse {
        var response = WireResponse.problem(refuse(ProblemDetails(refusal), to: peer))
        if refusal.isTransient { response.headers[.retryAfter] = Self.retryAfter }
        return response
    }

    /// What a caller reads of a problem: this partner's own people all of it, others the code, the title that everybody
    /// gets with it, a limit that stands in the documents, and this node's signed word that it has refused, which says no
    /// more than that.
    ///
    /// The one place that decides so: rules, certificates and the state of this node's sheets stay with its partner.
    func disclosed(_ problem: ProblemDetails, to peer: AuthenticatedPrincipal) -> ProblemDetails {
        guard peer.partner != state.view.node.partner else { return problem }
        return ProblemDetails(
            code: problem.code,
            title: problem.title,
            status: problem.status,
            extensions: problem.extensions.filter { ["limit", Self.refusalMember].contains($0.key) }
        )
    }

    /// The caller was judged with the head; whoever may not connect any more is cut off by the reload that says so.
    private func answer(_ request: WireRequest<AuthenticatedPrincipal>) async throws -> WireResponse {
        let route = try WireRoute.of(request.method, path: request.path)
        try checkStanding(route)
        switch route {
        case .submitMessage: return try await submit(request)
        case .decide: return try decide(request)
        case .transfer: return try await transfer(request)
        case .signal: return try await signal(request)
        case .custody: return try await custody(request)
        case .inbox(let mailbox): return try await inbox(mailbox, request)
        case .message(let id, let part): return try await message(id, part, request)
        case .deliveryReceipt(let id): return try await deliveryReceipt(id, request)
        case .directory: return try directory(request)
        case .community(let name): return try community(name)
        case .logCheckpoint: return try await checkpoint()
        case .logTile(let path): return try await tile(path)
        case .addCheckpoint: return try await addCheckpoint(request)
        case .witnessedCheckpoint(let digest): return try await witnessedCheckpoint(digest)
        }
    }

    private func checkCaller(_ peer: AuthenticatedPrincipal, of route: WireRoute) throws(ProblemDetails) {
        let node = state.view.node
        guard route.callers.contains(peer.id.kind), peer.id.kind == .node || peer.partner == node.partner else {
            let expected = route.callers.map(\.rawValue).sorted().joined(separator: ", ")
            throw ProblemDetails(
                code: "caller-not-allowed",
                title: "the caller may not use this route",
                status: .forbidden,
                detail: "expected one of: \(expected); nodes of any partner, others of `\(node.partner)` only; "
                    + "got `\(peer.id)`"
            )
        }
    }

    func checkContentType(_ request: WireRequest<AuthenticatedPrincipal>, _ expected: String) throws(ProblemDetails) {
        guard request.headers[.contentType]?.lowercased() == expected else {
            throw ProblemDetails(
                code: "wrong-media-type",
                title: "the media type is not the one of this route",
                status: .unsupportedMediaType,
                detail: "expected `\(expected)`, got `\(request.headers[.contentType] ?? "none")`"
            )
        }
    }

    /// Records what admission has found. What is admitted gets a place in each queue that it will wait in first, and gives
    /// them back unless it waits there then.
    ///
    /// - Throws: a refusal for now, where a queue is too long for the precedence; `StoreError`.
    func record(_ verdict: AdmissionVerdict) async throws -> AdmissionOutcome {
        guard case .admitted(let admission) = verdict else { return try await store.record(verdict) }
        let nextHops = admission.onward.map(\.nextHop)
        let precedence = admission.envelope.header.precedence
        let limit = state.material.configuration.limits.queue
        if let full = queues.takePlaces(in: nextHops, precedence: precedence, limit: limit) {
            throw RelayRefusal(
                .unavailable,
                code: QueueGauge.reasonCode,
                detail: "too much waits for `\(full)` to take on more of precedence \(precedence); nothing was stored"
            )
        }
        var isStored = false
        defer { queues.settle(nextHops, isStored: isStored) }
        let outcome = try await store.record(verdict)
        if case .admitted = outcome { isStored = true }
        return outcome
    }

    func json(_ status: HTTPResponse.Status, _ value: JSONValue) -> WireResponse {
        WireResponse(status: status, contentType: "application/json", body: value.canonicalBytes)
    }

    func bodyBytes(_ request: WireRequest<AuthenticatedPrincipal>) -> [UInt8] {
        Array(request.body.readableBytesView)
    }
}

extension RelayRefusal {
    init(_ error: StoreError) {
        let (category, detail): (Category, String) =
            switch error.problem {
            case .full: (.storageFull, "the node has no room left; nothing was stored")
            case .unavailable: (.unavailable, "the node cannot store now; nothing was stored")
            case .refused, .order: (.invalid, "the node's store does not allow it; nothing was stored")
            case .damaged: (.failed, "the node's store contradicts itself; its operators must look into it")
            case .unexpected: (.failed, "the node could not answer")
            }
        self.init(category, code: error.problem.rawValue, detail: detail)
    }
}
