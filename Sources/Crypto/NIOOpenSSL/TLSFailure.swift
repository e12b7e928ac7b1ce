/// Why a TLS connection failed, and which alerts went over the wire.
public struct TLSFailure: Error, Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        /// We refused the peer's certificates.
        case refusedPeer(PeerRefusal)
        /// The peer ended the connection with a fatal alert.
        case alertReceived(TLSAlert)
        /// OpenSSL found a breach of the protocol or no common parameters; its reasons.
        case protocolViolation([String])
        /// The peer and we have no application protocol in common (RFC 7301 section 3.2).
        case noApplicationProtocol
        /// The handshake took longer than allowed.
        case handshakeTimeout
        /// The peer went away before the handshake was complete.
        case closedDuringHandshake
        /// The transport ended without a `close_notify`: data may be missing (RFC 8446 section 6.1).
        case truncated
        /// The handshake could not be worked on, as the pool for it has stopped.
        case poolStopped
    }

    public let reason: Reason
    /// The fatal alert that we sent, if any.
    public let alertSent: TLSAlert?
    /// The fatal alert that the peer sent, if any.
    public let alertReceived: TLSAlert?

    public init(_ reason: Reason, alertSent: TLSAlert? = nil, alertReceived: TLSAlert? = nil) {
        self.reason = reason
        self.alertSent = alertSent
        self.alertReceived = alertReceived
    }

    /// A stable word for logs, audit entries and tests; for a refused peer the refusal's own code.
    public var code: String {
        switch self.reason {
        case .refusedPeer(let refusal): refusal.code
        case .alertReceived: "alert-received"
        case .protocolViolation: "protocol-violation"
        case .noApplicationProtocol: "no-application-protocol"
        case .handshakeTimeout: "handshake-timeout"
        case .closedDuringHandshake: "closed-during-handshake"
        case .truncated: "truncated"
        case .poolStopped: "handshake-pool-stopped"
        }
    }
}

extension TLSFailure: CustomStringConvertible {
    public var description: String {
        let words =
            switch self.reason {
            case .refusedPeer(let refusal): "refused the peer: \(refusal)"
            case .alertReceived(let alert): "the peer sent the alert `\(alert)`"
            case .protocolViolation(let reasons): "tls failed: \(reasons.joined(separator: "; "))"
            case .noApplicationProtocol: "no application protocol in common with the peer"
            case .handshakeTimeout: "the peer did not finish the handshake in time"
            case .closedDuringHandshake: "the peer closed the connection during the handshake"
            case .truncated: "the connection ended without a close_notify, so data may be missing"
            case .poolStopped: "the pool for handshakes has stopped"
            }
        guard let alertSent = self.alertSent else { return words }
        return "\(words) (sent the alert `\(alertSent)`)"
    }
}
