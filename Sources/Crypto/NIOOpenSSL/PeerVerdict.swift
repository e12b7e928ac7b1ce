/// What the owner of a ``TLSContext`` says about the certificates that a peer presented.
public enum PeerVerdict<Peer: Sendable>: Sendable {
    /// The peer is who `Peer` says, once it has also proved that it holds the leaf's key.
    case accepted(Peer)
    /// The handshake ends with a fatal alert.
    case refused(PeerRefusal)
}

/// Why a peer was refused: a code and a reason for our own people, an alert for the peer.
public struct PeerRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The alerts with which OpenSSL can refuse a certificate.
    ///
    /// `access_denied` is not among them: OpenSSL derives the alert from the result of the verification, and no
    /// result gives that one.
    public enum Alert: Hashable, Sendable, CaseIterable {
        case badCertificate
        case unsupportedCertificate
        case certificateRevoked
        case certificateExpired
        case certificateUnknown
        case unknownCA
        case handshakeFailure
        case internalError

        /// The alert as it goes over the wire.
        public var tlsAlert: TLSAlert {
            switch self {
            case .badCertificate: .badCertificate
            case .unsupportedCertificate: .unsupportedCertificate
            case .certificateRevoked: .certificateRevoked
            case .certificateExpired: .certificateExpired
            case .certificateUnknown: .certificateUnknown
            case .unknownCA: .unknownCA
            case .handshakeFailure: .handshakeFailure
            case .internalError: .internalError
            }
        }
    }

    /// A stable word for logs, audit entries and tests, such as `revoked`.
    public let code: String
    /// The reason in words; never sent to the peer.
    public let detail: String
    /// What the peer is told.
    public let alert: Alert

    public init(code: String, detail: String, alert: Alert) {
        self.code = code
        self.detail = detail
        self.alert = alert
    }

    public var description: String { "\(self.code): \(self.detail)" }
}
