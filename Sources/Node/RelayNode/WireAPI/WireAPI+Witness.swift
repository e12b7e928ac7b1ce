import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import OpenSSLCrypto
import RelayStorage
import RelayTransport
import Relaying
import TransparencyLog

/// This node as a witness of other nodes' logs, and what it does when its own log is not what its witnesses saw.
extension WireAPI {
    /// `POST /v1/log/add-checkpoint`: a node asks for a cosignature (C2SP tlog-witness).
    ///
    /// Statuses and bodies are those of the specification, so that any client of witnesses understands them.
    func addCheckpoint(_ request: WireRequest<AuthenticatedPrincipal>) async throws -> WireResponse {
        let view = state.view
        let bytes = bodyBytes(request)
        let outcome = try await store.witness(
            addCheckpoint: bytes,
            signer: try state.material.logSigner.cosigner
        ) { origin in
            // What it says of itself, nobody needs.
            origin == view.node.log ? nil : view.directory.log(origin)
        }
        let decision = outcome.decision
        if case .refused(let refusal) = decision {
            await take(note: refusal, of: bytes, after: outcome.latest, from: request.peer)
        }
        return WireResponse(
            status: .init(code: decision.status),
            contentType: decision.contentType,
            body: decision.body
        )
    }

    /// `GET /v1/log/witnessed/<SHA-256 of the origin>`: the checkpoint of that log which this node has cosigned last, as the
    /// log signed it. A log that has lost its end learns here, under its own signature, that it has.
    func witnessedCheckpoint(_ digest: String) async throws -> WireResponse {
        let directory = state.view.directory
        let log = directory.partners.values.flatMap { sheet in sheet.nodes.map(\.log.origin) }
            .first { SHA256Digest.hash(Array($0.utf8)).hex == digest }
        guard let log, let key = directory.log(try LogOrigin(log)), let signed = try await store.witnessed(log: key)
        else {
            throw RelayRefusal(
                .notFound,
                code: "no-such-checkpoint",
                detail: "this node has cosigned no checkpoint of a log whose origin has the digest `\(digest)`"
            )
        }
        return WireResponse(status: .ok, contentType: "text/plain; charset=utf-8", body: signed.bytes)
    }

    /// Refuses what would append to a log that is not what its witnesses saw: that would make the fork longer.
    func checkStanding(_ route: WireRoute) throws(RelayRefusal) {
        switch route {
        case .submitMessage, .transfer, .signal, .deliveryReceipt: break
        case .custody, .decide, .inbox, .message, .directory, .community, .logCheckpoint, .logTile, .addCheckpoint,
            .witnessedCheckpoint:
            return
        }
        guard let fork = witnessing.standing.fork else { return }
        throw RelayRefusal(
            .unavailable,
            code: LogStanding.reasonCode,
            detail: "\(fork): this node takes on nothing until a new log is begun"
        )
    }

    /// Logs a refusal, and keeps evidence that convicts by itself, or that the log itself has brought: a request that somebody
    /// else brings may be old, or made up.
    private func take(
        note refusal: WitnessRefusal,
        of bytes: [UInt8],
        after latest: SignedCheckpoint?,
        from peer: AuthenticatedPrincipal
    ) async {
        switch refusal {
        case .badRequest, .notSigned, .unknownLog, .inconsistent, .convicted:
            refusals.record(refusal.reasonCode, detail: "\(refusal)", peer: peer.id)
        case .otherSize, .fork: break
        }
        let request: AddCheckpointRequest
        do {
            request = try AddCheckpointRequest(parsing: bytes)
        } catch {
            return
        }
        let signed = request.signedCheckpoint
        let isOfCaller = peer.id.logName == signed.checkpoint.origin.rawValue
        switch refusal {
        case .fork(let fork):
            await witnessing.keeper.keep(fork, cause: "a checkpoint that `\(peer.id)` brought")
        case .inconsistent:
            guard let latest else { return }
            do {
                let fork = try Fork(first: latest, second: signed, claim: .failedProof(request.proof))
                guard isOfCaller || fork.convictsByItself else { return }
                await witnessing.keeper.keep(fork, cause: "a proof that `\(peer.id)` brought")
            } catch {
                // Equal sizes are a fork of their own kind; there is nothing to keep of a proof that is only malformed.
                return
            }
        case .otherSize(let size) where isOfCaller && signed.checkpoint.head.size < size:
            witnessing.watch.suspect(signed.checkpoint.origin)
        case .badRequest, .notSigned, .unknownLog, .otherSize, .convicted: return
        }
    }
}

extension WitnessRefusal {
    /// The code under which the node logs it.
    fileprivate var reasonCode: String {
        switch self {
        case .badRequest: "malformed-request"
        case .notSigned: "checkpoint-not-signed"
        case .unknownLog: "unknown-log"
        case .otherSize: "other-size"
        case .fork: "log-forked"
        case .inconsistent: "log-inconsistent"
        case .convicted: "log-convicted"
        }
    }
}
