import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import OpenSSLCrypto
import RelayTransport
import Relaying
import TransparencyLog

/// What the next hop answered to a transfer.
enum TransferAnswer: Sendable {
    /// It took the object over and proves so.
    case custody(TransferLink)
    /// It will never take it, for this reason.
    case refused(code: String)
    /// It cannot judge the object by what it has now, for this reason.
    case unsettled(code: String)
    /// Not now; try again, no sooner than this many milliseconds from now if it said so.
    case retry(reason: String, after: Int64?)

    /// Reads an answer; a custody entry counts only when it is proven to speak of exactly this object.
    ///
    /// - Parameter sent: the entry by which this node released or relayed the object.
    init(_ response: WireResponse, to sent: AuditEntry, by peer: SPIFFEID, in directory: Directory) {
        let answer = NextHopAnswer(
            status: response.status.code,
            code: response.problem?.code,
            retryAfter: response.headers[.retryAfter]
        )
        switch answer {
        case .taken:
            do throws(TransferError) {
                self = .custody(try Self.custody(in: response, of: sent, by: peer, directory))
            } catch {
                self = .retry(reason: "the custody receipt does not hold: \(error)", after: nil)
            }
        case .refused(let code): self = .refused(code: code)
        case .unsettled(let code): self = .unsettled(code: code)
        case .later(let reason, let after): self = .retry(reason: reason, after: after)
        }
    }

    private static func custody(
        in response: WireResponse,
        of sent: AuditEntry,
        by peer: SPIFFEID,
        _ directory: Directory
    ) throws(TransferError) -> TransferLink {
        let json: JSONValue
        do {
            json = try JSONValue.parseCanonical(response.bytes)
        } catch {
            throw TransferError(.malformedTransfer, error.description)
        }
        guard let entries = json["entries"]?.arrayValue, !entries.isEmpty else {
            throw TransferError(.malformedTransfer, "expected `entries` with the custody entry")
        }
        for element in entries {
            let link = try TransferLink(json: element)
            let entry = link.entry
            let isCustody =
                switch entry.kind {
                case .acceptance:
                    sent.destination == peer && sent.object == .message && entry.outcome == .allowed
                case .receipt, .nonDelivery:
                    sent.destination == peer && sent.object != .message && entry.outcome == .done
                case .relay:
                    sent.destination != peer && entry.destination == sent.destination && entry.outcome == .allowed
                case .release, .denial, .transfer, .delivery, .void, .refusal, .start, .stop, .policyChange,
                    .trustChange, .fork, .forkAcknowledgement, .recovery, .erasure, .hold, .holdRelease,
                    .operatorAction,
                    .heartbeat, .gap, .gapRequest, .gapReport, .streamFault:
                    false
                }
            guard isCustody, entry.digest == sent.digest, entry.message == sent.message, entry.object == sent.object,
                entry.realm == sent.realm, entry.envelope == sent.envelope,
                // It was this node that handed the object over.
                entry.peer?.logName == sent.log.rawValue
            else { continue }
            try link.verify(log: peer, in: directory)
            return link
        }
        throw TransferError(.entryMismatch, "no entry in the answer takes over the object `\(sent.digest?.hex ?? "-")`")
    }
}
