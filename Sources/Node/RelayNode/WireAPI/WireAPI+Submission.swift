import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import RelayStorage
import RelayTransport
import Relaying
import SecurityLabels

extension WireAPI {
    /// `POST /v1/messages`: a mailbox of this partner submits an envelope.
    func submit(_ request: WireRequest<AuthenticatedPrincipal>) async throws -> WireResponse {
        try checkContentType(request, Envelope.mediaType)
        let received: ReceivedEnvelope
        do {
            received = try ReceivedEnvelope(bytes: bodyBytes(request))
        } catch {
            throw RelayRefusal(error)
        }
        let id = received.header.id
        if let links = try await firstReceipts(submissionOf: received, by: request.peer) {
            return receipts(.ok, of: id, links, decisions: [])
        }
        let verdict = try state.view.admit(submission: received, from: request.peer, at: clock())
        let outcome = try await record(verdict)
        return answer(outcome, to: request.peer, decisions: verdict.decisions, onward: verdict.nextHops) {
            receipts($0, of: id, $1, decisions: verdict.decisions)
        }
    }

    /// `POST /v1/decisions`: what would be decided, with nothing released and nothing logged.
    ///
    /// The body is JSON with `label` (as in a header), `precedence` and `recipients`.
    func decide(_ request: WireRequest<AuthenticatedPrincipal>) throws -> WireResponse {
        try checkContentType(request, "application/json")
        let question: ReleaseQuestion
        do {
            question = try ReleaseQuestion(bytes: bodyBytes(request))
        } catch {
            throw RelayRefusal(error)
        }
        let decisions = try state.view.decide(question, at: clock())
        return json(
            .ok,
            [
                "decisions": .array(decisions.map(\.json)),
                "outcome": decisions.allSatisfy(\.isAllowed) ? "allowed" : "denied",
            ]
        )
    }

    private func receipts(
        _ status: HTTPResponse.Status,
        of id: MessageID,
        _ links: [TransferLink],
        decisions: [RecipientDecision]
    ) -> WireResponse {
        json(
            status,
            [
                "decisions": .array(decisions.map(\.json)), "entries": .array(links.map(\.json)),
                "message": .string(id.description),
            ]
        )
    }

    /// The receipts that the originator got for this very message, whatever sheets, routes and policy say now.
    ///
    /// Equal envelope digests mean that the signature was verified then; the body must be the one that the header names.
    private func firstReceipts(
        submissionOf received: ReceivedEnvelope,
        by peer: AuthenticatedPrincipal
    ) async throws -> [TransferLink]? {
        guard peer.mailboxAddress == received.header.originator else { return nil }
        let links = try await store.firstReceipts(
            submission: received.header.id,
            of: received.header.originator,
            digest: received.digest
        )
        return links != nil && received.hasOwnBody ? links : nil
    }
}

extension ReceivedEnvelope {
    /// Whether the body is the one that the header names, so that equal digests mean equal bytes.
    var hasOwnBody: Bool { CiphertextReference(of: envelope.body) == header.body }
}
