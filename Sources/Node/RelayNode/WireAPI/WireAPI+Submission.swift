import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import Logging
import MessageEnvelope
import RelayStorage
import RelayTransport
import Relaying
import SecurityLabels

extension WireAPI {
    /// `POST /v1/messages`: a mailbox of this partner submits an envelope.
    func submit(_ request: WireRequest<AuthenticatedPrincipal>) async throws -> WireResponse {
        try checkContentType(request, Envelope.mediaType)
        let now = clock()
        let view = state.view
        let received: ReceivedEnvelope
        do {
            received = try ReceivedEnvelope(bytes: bodyBytes(request))
        } catch {
            throw RelayRefusal(error)
        }
        let verdict: AdmissionVerdict
        do {
            verdict = try view.admit(submission: received, from: request.peer, at: now)
            try checkQueues(for: verdict)
        } catch {
            guard error.comesWithTime, request.peer.mailboxAddress == received.header.originator,
                let links = try await firstReceipts(submissionOf: received)
            else { throw error }
            return try response(to: .duplicate(links), id: received.header.id, decisions: [])
        }
        switch verdict {
        case .admitted(let admission):
            let outcome = try await store.admit(admission)
            if case .admitted = outcome { wake(Set(admission.onward.map(\.nextHop))) }
            return try response(to: outcome, id: received.header.id, decisions: admission.decisions)
        case .denied(let denial):
            switch try await store.deny(denial) {
            case .denied(let link):
                logger.notice(
                    "submission denied",
                    metadata: [
                        LogKey.message: "\(denial.id)", LogKey.peer: "\(request.peer.id)",
                        LogKey.reasons: "\(denial.entry.reasons.joined(separator: ","))",
                        LogKey.auditIndex: "\(link.entry.index)",
                    ]
                )
                return .problem(
                    ProblemDetails(
                        code: "denied",
                        title: "policy denies the release",
                        status: .forbidden,
                        detail: "at least one recipient may not get this message, so nothing was released",
                        extensions: [
                            "audit-index": .integer(Int64(link.entry.index)),
                            "decisions": .array(denial.decisions.map(\.json)),
                            "entry": link.json,
                            "message": .string(denial.id.description),
                        ]
                    )
                )
            case .duplicate(let links):
                return try response(to: .duplicate(links), id: received.header.id, decisions: [])
            case .conflict:
                throw idConflict(received.header.id)
            }
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

    private func response(
        to outcome: AdmissionOutcome,
        id: MessageID,
        decisions: [RecipientDecision]
    ) throws(RelayRefusal) -> WireResponse {
        switch outcome {
        case .admitted(let links), .duplicate(let links):
            var status = HTTPResponse.Status.created
            if case .duplicate = outcome { status = .ok }
            return json(
                status,
                [
                    "decisions": .array(decisions.map(\.json)),
                    "entries": .array(links.map(\.json)),
                    "message": .string(id.description),
                ]
            )
        case .conflict:
            throw idConflict(id)
        }
    }

    /// The receipts that this very message got, should it have been taken on while it was still acceptable.
    private func firstReceipts(submissionOf received: ReceivedEnvelope) async throws -> [TransferLink]? {
        guard received.hasOwnBody else { return nil }
        return try await store.firstReceipts(
            submission: received.header.id,
            of: received.header.originator,
            digest: received.digest
        )
    }

    func idConflict(_ id: MessageID) -> RelayRefusal {
        RelayRefusal(
            .conflict,
            code: "id-conflict",
            detail: "message `\(id)` was submitted before with other bytes: send under a new id"
        )
    }
}

extension RelayRefusal {
    /// Whether a message that was acceptable comes to be refused so by waiting: a resend then still gets its receipts.
    var comesWithTime: Bool {
        let codes = [
            EnvelopeError.Code.expired.rawValue, EnvelopeError.Code.unknownSigner.rawValue, QueueGauge.reasonCode,
        ]
        return codes.contains(code)
    }
}

extension ReceivedEnvelope {
    /// Whether the body is the one that the header names, so that equal digests mean equal bytes.
    var hasOwnBody: Bool { CiphertextReference(of: envelope.body) == header.body }
}
