import CoalitionDirectory
import HTTPTypes
import RelayStorage
import RelayTransport
import Relaying

extension WireAPI {
    /// `GET /v1/custody?after=INDEX`: the custody of messages that the calling node brought, by nodes behind this one.
    func custody(_ request: WireRequest<AuthenticatedPrincipal>) async throws -> WireResponse {
        try state.view.admitCustodyQuestion(from: request.peer.id)
        let after = try number("after", in: request, default: 0, range: 0...Int64.max)
        try request.reserveAnswer(bytes: CustodyPage.maximumSize)
        let page = try await store.custodyPage(for: request.peer.id, after: UInt64(after))
        return json(.ok, page.json)
    }
}
