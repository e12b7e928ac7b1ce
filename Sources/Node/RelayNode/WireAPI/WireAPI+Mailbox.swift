import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
import RelayStorage
import RelayTransport
import Relaying

extension WireAPI {
    /// The most messages on one page of an inbox.
    static let largestPage = 500
    /// About what an item of a page takes.
    private static let itemSize = 1024

    /// `GET /v1/mailboxes/{name}/messages?after=SEQ&limit=N`: a page of the caller's inbox, oldest first.
    func inbox(_ mailbox: MailboxName, _ request: WireRequest<AuthenticatedPrincipal>) async throws -> WireResponse {
        guard request.peer.mailboxAddress?.mailbox == mailbox else {
            throw ProblemDetails(
                code: "not-own-mailbox",
                title: "a mailbox reads its own inbox only",
                status: .forbidden,
                detail: "expected mailbox `\(mailbox)`, got `\(request.peer.id)`"
            )
        }
        let after = try number("after", in: request, default: 0, range: 0...Int64.max)
        let limit = try number("limit", in: request, default: 100, range: 1...Int64(Self.largestPage))
        try request.reserveAnswer(bytes: Int(limit) * Self.itemSize)
        let page = try await store.inbox(mailbox, after: after, limit: Int(limit))
        var members: [String: JSONValue] = ["messages": .array(try page.map { try $0.json })]
        if page.count == Int(limit), let last = page.last { members["next"] = .integer(last.sequence) }
        return json(.ok, .object(members))
    }

    /// `GET /v1/messages/{id}`, `.../header`, `.../body`: a message in the caller's inbox.
    func message(
        _ id: MessageID,
        _ part: EnvelopePart,
        _ request: WireRequest<AuthenticatedPrincipal>
    ) async throws -> WireResponse {
        let envelope = try await ownMessage(id, request)
        return WireResponse(status: .ok, contentType: part.mediaType, body: part.bytes(of: envelope))
    }

    /// `POST /v1/messages/{id}/delivery-receipt`: the caller has decrypted the message and signs so.
    func deliveryReceipt(_ id: MessageID, _ request: WireRequest<AuthenticatedPrincipal>) async throws -> WireResponse {
        try checkContentType(request, DeliveryReceipt.mediaType)
        let own = try await ownMessage(id, request)
        let receipt: DeliveryReceipt
        do {
            receipt = try DeliveryReceipt(bytes: bodyBytes(request))
        } catch {
            throw RelayRefusal(error)
        }
        guard let mailbox = request.peer.mailboxAddress?.mailbox,
            let message = try await store.storedMessage(id, digest: own.digest)
        else { throw notFound(id) }
        let links = try await store.firstReceipts(of: receipt, by: mailbox, for: id, envelope: own.digest)
        if let links { return custody(.ok, links) }
        let verdict = try state.view.admit(receipt: receipt, for: message, from: request.peer, at: clock())
        return answer(try await store.record(verdict), to: request.peer, onward: verdict.nextHops, custody)
    }

    /// The message in the caller's inbox; `originator` in the query tells apart two senders' messages of one id.
    private func ownMessage(_ id: MessageID, _ request: WireRequest<AuthenticatedPrincipal>) async throws
        -> Envelope
    {
        guard let mailbox = request.peer.mailboxAddress?.mailbox else { throw notFound(id) }
        var originator: MailboxAddress?
        if let text = request.queryValue("originator") {
            do {
                originator = try MailboxAddress(text)
            } catch {
                throw RelayRefusal(.invalid, code: "malformed-request", detail: "`originator`: \(error)")
            }
        }
        var found: [Envelope] = []
        var isErased = false
        for (digest, size) in try await store.envelopes(id, in: mailbox) {
            try request.reserveAnswer(bytes: size)
            guard let envelope = try await store.envelope(id, in: mailbox, digest: digest) else {
                isErased = true
                continue
            }
            if let originator, try StoredHeader(der: envelope.header).header.originator != originator { continue }
            found.append(envelope)
        }
        guard let first = found.first else { throw isErased ? erased(id) : notFound(id) }
        guard found.count == 1 else {
            throw RelayRefusal(
                .conflict,
                code: "ambiguous-id",
                detail: "several originators used the id `\(id)`: name one with `?originator=PARTNER/mailbox`"
            )
        }
        return first
    }

    private func erased(_ id: MessageID) -> RelayRefusal {
        RelayRefusal(.notFound, code: "message-erased", detail: "the body of message `\(id)` was erased at this node")
    }

    private func notFound(_ id: MessageID) -> RelayRefusal {
        RelayRefusal(.notFound, code: "no-such-message", detail: "no message `\(id)` in the caller's inbox")
    }

    func number(
        _ name: String,
        in request: WireRequest<AuthenticatedPrincipal>,
        default value: Int64,
        range: ClosedRange<Int64>
    ) throws(RelayRefusal) -> Int64 {
        guard let text = request.queryValue(name) else { return value }
        guard let number = Int64(text), "\(number)" == text, range.contains(number) else {
            throw RelayRefusal(
                .invalid,
                code: "malformed-request",
                detail:
                    "expected `\(name)` to be a number from \(range.lowerBound) to \(range.upperBound), got `\(text)`"
            )
        }
        return number
    }
}
