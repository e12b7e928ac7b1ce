import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import Logging
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import RelayTransport
import Relaying

extension WireAPI {
    /// `POST /v1/transfers`: another node brings an object, with the proofs of every log on its way.
    func transfer(_ request: WireRequest<AuthenticatedPrincipal>) async throws -> WireResponse {
        try checkContentType(request, Transfer.mediaType)
        let now = clock()
        let view = state.view
        let transfer = try Transfer(bytes: bodyBytes(request))
        let verified: VerifiedTransfer
        do {
            verified = try transfer.verified(at: view.node, from: request.peer.id, in: view.directory)
        } catch {
            throw RelayRefusal(error)
        }
        switch transfer.object {
        case .message(let received):
            return try await accept(received, in: verified, from: request.peer, view, at: now)
        case .deliveryReceipt(let receipt):
            let message = try await answered(by: verified)
            let admission = try view.admit(receipt: receipt, for: message, in: verified, from: request.peer, at: now)
            return try await accept(admission)
        case .nonDelivery(let report):
            let message = try await answered(by: verified)
            let admission = try view.admit(nonDelivery: report, for: message, in: verified, from: request.peer, at: now)
            return try await accept(admission)
        }
    }

    private func accept(
        _ received: ReceivedEnvelope,
        in transfer: VerifiedTransfer,
        from peer: AuthenticatedPrincipal,
        _ view: RelayView,
        at now: Timestamp
    ) async throws -> WireResponse {
        let verdict: AdmissionVerdict
        do {
            verdict = try view.admit(message: received, in: transfer, from: peer, at: now)
            try checkQueues(for: verdict)
        } catch {
            guard error.comesWithTime, received.hasOwnBody,
                let links = try await store.firstReceipts(
                    transferOf: .message,
                    digest: received.digest,
                    about: received.header.id,
                    envelope: received.digest,
                    to: transfer.destination
                )
            else { throw error }
            return custody(.ok, links)
        }
        switch verdict {
        case .admitted(let admission):
            let outcome = try await store.admit(admission)
            if case .admitted = outcome { wake(Set(admission.onward.map(\.nextHop))) }
            switch outcome {
            case .admitted(let links): return custody(.created, links)
            case .duplicate(let links): return custody(.ok, links)
            case .conflict: throw idConflict(received.header.id)
            }
        case .denied(let denial):
            switch try await store.deny(denial) {
            case .denied(let link):
                logger.notice(
                    "transfer denied",
                    metadata: [
                        LogKey.message: "\(denial.id)", LogKey.peer: "\(peer.id)",
                        LogKey.reasons: "\(denial.entry.reasons.joined(separator: ","))",
                        LogKey.auditIndex: "\(link.entry.index)",
                    ]
                )
                // Another partner learns the code only: which rule denied is for this partner's own people.
                return .problem(
                    ProblemDetails(
                        RelayRefusal(.forbidden, code: "denied", detail: "policy of `\(view.node.partner)` denies it")
                    )
                )
            case .duplicate(let links): return custody(.ok, links)
            case .conflict: throw idConflict(received.header.id)
            }
        }
    }

    private func accept(_ admission: AnswerAdmission) async throws -> WireResponse {
        let outcome = try await store.admit(admission)
        if case .admitted = outcome, let onward = admission.onward { wake([onward.nextHop]) }
        switch outcome {
        case .admitted(let links): return custody(.created, links)
        case .duplicate(let links): return custody(.ok, links)
        }
    }

    /// The message that an answer is about, as this node's log has it.
    private func answered(by transfer: VerifiedTransfer) async throws -> StoredMessage {
        let entry = transfer.transfer.links[0].entry
        guard let id = entry.message, let digest = entry.envelope,
            let message = try await store.storedMessage(id, digest: digest)
        else {
            throw RelayRefusal(
                TransferError(.unknownMessage, "this node's log holds no message that this could answer")
            )
        }
        return message
    }

    /// The custody receipt: the entry by which this node took the object over.
    private func custody(_ status: HTTPResponse.Status, _ links: [TransferLink]) -> WireResponse {
        json(status, ["entries": .array(links.map(\.json))])
    }
}
