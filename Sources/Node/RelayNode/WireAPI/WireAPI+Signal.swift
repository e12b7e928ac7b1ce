import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import NIOCore
import RelayStorage
import RelayTransport
import Relaying

extension WireAPI {
    /// `POST /v1/signals`: a node says or asks something about a stream, at its other end or at a hub on the way there.
    func signal(_ request: WireRequest<AuthenticatedPrincipal>) async throws -> WireResponse {
        try checkContentType(request, StreamSignal.mediaType)
        let signal = try StreamSignal(bytes: bodyBytes(request))
        let view = state.view
        let verified: VerifiedSignal
        do {
            verified = try signal.verified(at: view.node, in: view.directory)
        } catch {
            throw RelayRefusal(error)
        }
        switch try view.admit(verified, from: request.peer.id) {
        case .onward(let signal, let nextHop, let entry):
            if let entry { _ = try await store.append(entry) }
            return try await pass(signal, to: nextHop)
        case .mine:
            switch verified.statement.content {
            case .heartbeat:
                try await store.note(heartbeat: verified, at: clock())
                return json(.ok, [:])
            case .gapRequest(let numbers):
                return try await report(on: numbers, to: verified.statement.destination, view)
            case .gapReport:
                throw RelayRefusal(
                    TransferError(.malformedSignal, "a gap report comes as the answer to its request")
                )
            }
        }
    }

    /// Hands a signal on and its answer back; both prove themselves.
    private func pass(_ signal: StreamSignal, to nextHop: SPIFFEID) async throws -> WireResponse {
        let onward = WireClientRequest(
            method: .post,
            path: "/v1/signals",
            headers: [.contentType: StreamSignal.mediaType],
            body: ByteBuffer(bytes: signal.bytes)
        )
        do throws(WireClientError) {
            let answer = try await exchange(nextHop, onward)
            guard let problem = answer.problem else { return answer }
            return .problem(ProblemDetails(code: problem.code, title: problem.title, status: answer.status))
        } catch {
            throw RelayRefusal(.unavailable, code: "next-hop-unreachable", detail: "`\(nextHop)`: \(error)")
        }
    }

    /// What became of numbers that the destination has not seen. A question must be about something that was released to
    /// whoever asks, and each answer is an entry: so there is a pause between two.
    private func report(
        on numbers: NumberRanges,
        to destination: SPIFFEID,
        _ view: RelayView
    ) async throws -> WireResponse {
        guard try await store.hasStream(to: destination) else {
            throw RelayRefusal(
                TransferError(.unknownStream, "this node's log has released nothing to `\(destination)`")
            )
        }
        guard gapReports.mayAnswer(destination, at: clock()) else {
            throw RelayRefusal(.unavailable, code: "busy", detail: "a gap report was made a moment ago")
        }
        let fates = try await store.fates(of: numbers, to: destination)
        let statement = StreamStatement(origin: view.node.id, destination: destination, .gapReport(fates))
        guard let draft = try view.draft(statement) else {
            throw RelayRefusal(.forbidden, code: "denied", detail: "guardrails deny the answer")
        }
        let link = try await store.append(draft.entry)
        return WireResponse(
            status: .ok,
            contentType: StreamSignal.mediaType,
            body: StreamSignal(link: link, statement: statement).bytes
        )
    }
}
