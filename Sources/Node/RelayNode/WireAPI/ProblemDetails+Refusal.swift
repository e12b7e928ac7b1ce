import HTTPTypes
import RelayStorage
import RelayTransport
import Relaying

extension ProblemDetails {
    /// A refusal as the other side reads it.
    ///
    /// - Parameter proof: the link of the entry that says so of the object that was brought.
    init(_ refusal: RelayRefusal, proof: TransferLink? = nil) {
        let (status, title): (HTTPResponse.Status, String) =
            switch refusal.category {
            case .invalid: (.unprocessableContent, "the request is not acceptable")
            case .forbidden: (.forbidden, "the request is not allowed")
            case .conflict: (.conflict, "the id belongs to another message")
            case .tooLarge: (.contentTooLarge, "the object is larger than allowed")
            case .notFound: (.notFound, "not found")
            case .unavailable: (.serviceUnavailable, "not now; try again later")
            case .storageFull: (.init(code: 507, reasonPhrase: "Insufficient Storage"), "no room left to store it")
            case .failed: (.internalServerError, "the node failed")
            }
        self.init(
            code: refusal.code,
            title: title,
            status: status,
            detail: refusal.detail,
            extensions: proof.map { [WireAPI.refusalMember: $0.json] } ?? [:]
        )
    }
}
