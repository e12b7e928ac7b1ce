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
    /// It will never take it.
    case refused(Refusal)
    /// It cannot judge the object by what it has now.
    case unsettled(Refusal)
    /// Not now; try again, no sooner than this many milliseconds from now if it said so.
    case retry(reason: String, after: Int64?)

    /// Why it is refused, and what proves that it is.
    struct Refusal: Sendable {
        let code: String
        /// The next hop's signed word for it.
        let link: TransferLink?
        /// Why there is none that counts: it came without, or it does not hold. The object is refused all the same.
        let flaw: String?
    }

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
        case .refused(let code): self = .refused(Refusal(code, in: response, of: sent, by: peer, directory))
        case .unsettled(let code): self = .unsettled(Refusal(code, in: response, of: sent, by: peer, directory))
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
            // It was this node that handed the object over.
            guard link.isCustody(of: sent, at: peer), link.entry.peer?.logName == sent.log.rawValue else { continue }
            try link.verify(log: peer, in: directory)
            return link
        }
        throw TransferError(.entryMismatch, "no entry in the answer takes over the object `\(sent.digest?.hex ?? "-")`")
    }
}

extension TransferAnswer.Refusal {
    fileprivate init(
        _ code: String,
        in response: WireResponse,
        of sent: AuditEntry,
        by peer: SPIFFEID,
        _ directory: Directory
    ) {
        self.code = code
        do throws(TransferError) {
            guard let json = response.problem?.extensions[WireAPI.refusalMember], let object = RefusedObject(sent: sent)
            else { throw TransferError(.malformedTransfer, "it came without a signed refusal") }
            let link = try TransferLink(json: json)
            try link.verifyRefusal(of: object, from: sent.log, because: code, by: peer, in: directory)
            self.link = link
            flaw = nil
        } catch {
            link = nil
            flaw = error.detail
        }
    }
}
