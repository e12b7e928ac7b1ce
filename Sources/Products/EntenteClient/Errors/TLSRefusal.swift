public import CoalitionDirectory
public import NIOOpenSSL

/// A TLS handshake in which one side refused the other, in words and with what to check.
public struct TLSRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public let endpoint: Endpoint
    /// What happened on the wire.
    public let failure: TLSFailure

    init(endpoint: Endpoint, failure: TLSFailure) {
        self.endpoint = endpoint
        self.failure = failure
    }

    public var description: String { "tls with node `\(endpoint)`: \(failure)" }

    /// What to check next, as an imperative sentence without a full stop.
    public var advice: String {
        switch failure.reason {
        case .refusedPeer:
            "check that the endpoint is the own node's, and get the partner's newest sheet"
        case .alertReceived(let alert):
            Self.advice(for: alert)
        case .noApplicationProtocol, .protocolViolation:
            "check that the endpoint is an Entente node"
        case .handshakeTimeout, .closedDuringHandshake, .truncated, .poolStopped:
            "try again, and read the node's log if it happens again"
        }
    }

    private static func advice(for alert: TLSAlert) -> String {
        switch alert {
        case .certificateExpired: "renew the mailbox's signing certificate, and check this machine's clock"
        case .certificateRevoked: "ask the partner's registrar why the mailbox's signing certificate was revoked"
        case .unknownCA:
            "check that the signing certificate was issued under the partner's root, by its mailbox authority"
        case .certificateRequired: "check that the signing certificate and its key belong together"
        case .certificateUnknown, .badCertificate, .unsupportedCertificate:
            "check that the partner's sheet lists the mailbox with this signing certificate, and that the node has that sheet"
        case .noApplicationProtocol, .protocolVersion: "check that the endpoint is an Entente node"
        default: "read the node's log for the reason"
        }
    }
}
