import MessageEnvelope

/// What a next hop's answer to a transfer means, by its status and reason code: the one table of it.
package enum NextHopAnswer: Hashable, Sendable {
    /// It says that it has the object; the proof of that is still to be verified.
    case taken
    /// It will never take it, for this reason.
    case refused(code: String)
    /// It cannot tell by the sheets, routes and clock that it has now. Sheets are carried by hand, so that one of the two
    /// nodes is often behind: the object waits a while before this counts as a refusal, see ``Settling``.
    case unsettled(code: String)
    /// Not now; to be tried again, no sooner than this many milliseconds from now if it said so.
    case later(reason: String, after: Int64?)

    /// The longest wait that another node can ask for, in seconds.
    private static var longestWait: Int64 { 3600 }
    /// The reason of a refusal that gave none, or none that may stand in a log.
    private static var noReason: String { "refused" }

    /// - Parameters:
    ///   - code: the reason code of the problem details, nil when there were none.
    ///   - retryAfter: the header field of that name.
    package init(status: Int, code: String?, retryAfter: String?) {
        switch status {
        case 200, 201:
            self = .taken
        case 403, 409, 413, 415, 422:
            let reason = code.flatMap { ReasonCode.isWellFormed($0) ? $0 : nil } ?? Self.noReason
            self = status == 422 && Self.maySettle(reason) ? .unsettled(code: reason) : .refused(code: reason)
        default:
            let seconds = retryAfter.flatMap { Int64($0) }
            self = .later(
                reason: "status \(status): \(code ?? "no reason given")",
                after: seconds.map { min(max($0, 0), Self.longestWait) * 1000 }
            )
        }
    }

    /// Whether a newer sheet, another route or the time at the other node could change its mind.
    private static func maySettle(_ code: String) -> Bool {
        if let code = EnvelopeError.Code(rawValue: code) {
            return switch code {
            case .unknownSigner, .unknownRecipient, .recipientKeysMismatch, .invalidTime: true
            case .malformedEnvelope, .malformedHeader, .unknownVersion, .wrongRealm, .expired, .tooLarge, .bodyMismatch,
                .malformedBody, .signerNotOriginator, .invalidSignature, .attributeMismatch, .notARecipient,
                .decryptionFailed, .bindingMismatch, .commitmentMismatch, .malformedContent, .malformedReceipt:
                false
            }
        }
        if let code = TransferError.Code(rawValue: code) {
            return switch code {
            case .proofMismatch, .entryMismatch, .noRoute: true
            case .malformedTransfer, .tooManyHops, .loop, .unknownMessage, .malformedSignal, .unknownStream: false
            }
        }
        return false
    }
}
