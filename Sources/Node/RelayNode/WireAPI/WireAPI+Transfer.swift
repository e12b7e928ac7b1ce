import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import RelayTransport
import Relaying

extension WireAPI {
    /// `POST /v1/transfers`: another node brings an object, with the proofs of every log on its way.
    func transfer(_ request: WireRequest<AuthenticatedPrincipal>) async throws -> WireResponse {
        try checkContentType(request, Transfer.mediaType)
        let transfer = try Transfer(bytes: bodyBytes(request))
        do {
            return try await take(transfer, request)
        } catch let refusal as RelayRefusal where refusal.judgesRequest {
            return try await refuse(transfer, refusal, to: request.peer)
        }
    }

    /// Refuses an object for good, or as things are now: the log says so of this very object, and the answer proves it.
    private func refuse(
        _ transfer: Transfer,
        _ refusal: RelayRefusal,
        to peer: AuthenticatedPrincipal
    ) async throws -> WireResponse {
        let link = try await refusals.sign(refusal, of: RefusedObject(of: transfer), from: peer.id)
        return .problem(disclosed(ProblemDetails(refusal, proof: link), to: peer))
    }

    private func take(
        _ transfer: Transfer,
        _ request: WireRequest<AuthenticatedPrincipal>
    ) async throws -> WireResponse {
        let view = state.view
        if let links = try await firstReceipts(of: transfer, from: request.peer, at: view.node) {
            return custody(.ok, links)
        }
        let now = clock()
        let verified: VerifiedTransfer
        do {
            verified = try transfer.verified(at: view.node, from: request.peer.id, in: view.directory)
        } catch {
            throw RelayRefusal(error)
        }
        switch transfer.object {
        case .message(let received):
            let verdict = try view.admit(message: received, in: verified, from: request.peer, at: now)
            let outcome = try await record(verdict)
            return answer(outcome, to: request.peer, decisions: verdict.decisions, onward: verdict.nextHops, custody)
        case .deliveryReceipt(let receipt):
            let message = try await answered(by: verified)
            let verdict = try view.admit(receipt: receipt, for: message, in: verified, from: request.peer, at: now)
            return answer(try await store.record(verdict), to: request.peer, onward: verdict.nextHops, custody)
        case .nonDelivery(let report):
            let message = try await answered(by: verified)
            let verdict = try view.admit(nonDelivery: report, for: message, in: verified, from: request.peer, at: now)
            return answer(try await store.record(verdict), to: request.peer, onward: verdict.nextHops, custody)
        }
    }

    /// The custody receipt that was given for this very object, whatever sheets, routes and policy say now.
    private func firstReceipts(
        of transfer: Transfer,
        from peer: AuthenticatedPrincipal,
        at node: NodeIdentity
    ) async throws -> [TransferLink]? {
        guard let claim = transfer.claim(at: node.id, from: peer.id),
            let links = try await store.firstReceipts(of: claim)
        else { return nil }
        switch transfer.object {
        case .message(let received): return received.hasOwnBody ? links : nil
        case .deliveryReceipt, .nonDelivery: return links
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
}
