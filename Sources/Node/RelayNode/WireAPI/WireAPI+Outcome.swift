import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import Logging
import MessageEnvelope
import RelayStorage
import RelayTransport
import Relaying

/// What the caller reads of the outcome of an admission, which is in the log already.
extension WireAPI {
    /// The answer to whoever brought an object.
    ///
    /// - Parameters:
    ///   - onward: the nodes that get it next.
    ///   - taken: the answer when this node has the object: 201 for now, 200 for the entries of the first time.
    func answer(
        _ outcome: AdmissionOutcome,
        to peer: AuthenticatedPrincipal,
        decisions: [RecipientDecision] = [],
        onward: Set<SPIFFEID>,
        _ taken: (HTTPResponse.Status, [TransferLink]) -> WireResponse
    ) -> WireResponse {
        switch outcome {
        case .admitted(let links):
            wake(onward)
            return taken(.created, links)
        case .duplicate(let links):
            return taken(.ok, links)
        case .denied(let link, let refusal):
            return denied(link, refusal, decisions: decisions, to: peer)
        case .conflict(let id, let refusal):
            return idConflict(id, refusal, to: peer)
        }
    }

    /// The entries by which this node took an object over.
    func custody(_ status: HTTPResponse.Status, _ links: [TransferLink]) -> WireResponse {
        json(status, ["entries": .array(links.map(\.json))])
    }

    /// What a denial says, which is in the log already: why, to this partner's own people.
    private func denied(
        _ link: TransferLink,
        _ refusal: TransferLink?,
        decisions: [RecipientDecision],
        to peer: AuthenticatedPrincipal
    ) -> WireResponse {
        let entry = link.entry
        let message = entry.message?.description ?? ""
        let rules = entry.reasons.joined(separator: ", ")
        logger.notice(
            "denied",
            metadata: [
                LogKey.message: "\(message)", LogKey.peer: "\(peer.id)", LogKey.reasons: "\(rules)",
                LogKey.auditIndex: "\(entry.index)",
            ]
        )
        var members: [String: JSONValue] = [
            "audit-index": .integer(Int64(entry.index)), "decisions": .array(decisions.map(\.json)),
            "entry": link.json, "message": .string(message),
        ]
        members[Self.refusalMember] = refusal?.json
        let problem = ProblemDetails(
            code: AuditEntryDraft.deniedCode,
            title: "policy denies it",
            status: .forbidden,
            detail: decisions.isEmpty
                ? "guardrails deny it: \(rules)"
                : "at least one recipient may not get this message, so nothing was released",
            extensions: members
        )
        return .problem(disclosed(problem, to: peer))
    }

    /// What a conflict says, which is in the log already.
    private func idConflict(
        _ id: MessageID,
        _ link: TransferLink,
        to peer: AuthenticatedPrincipal
    ) -> WireResponse {
        let refusal = RelayRefusal(
            .conflict,
            code: "id-conflict",
            detail: "message `\(id)` was submitted before with other bytes: send under a new id"
        )
        logger.notice(
            "refused",
            metadata: [
                LogKey.code: "\(refusal.code)", LogKey.message: "\(id)", LogKey.peer: "\(peer.id)",
            ]
        )
        return .problem(disclosed(ProblemDetails(refusal, proof: link), to: peer))
    }
}
