import AccessPolicy
import CanonicalEncoding
package import CoalitionDirectory
package import NIOOpenSSL
package import OpenSSLCrypto
import Relaying

/// Says at each handshake, and again when trust changes, whether a peer is accepted.
package struct PeerJudge: Sendable {
    let state: NodeState
    let clock: @Sendable () -> Timestamp

    /// Judges whoever connects to this node.
    package func judge(client chain: [Certificate]) -> PeerVerdict<AuthenticatedPrincipal> {
        judge(chain, part: .tlsClient)
    }

    /// Judges the server that this node has connected to, which must be `expected`.
    package func judge(server chain: [Certificate], expected: SPIFFEID) -> PeerVerdict<AuthenticatedPrincipal> {
        let verdict = judge(chain, part: .tlsServer)
        guard case .accepted(let principal) = verdict, principal.id != expected else { return verdict }
        return .refused(
            PeerRefusal(
                code: "wrong-node",
                detail: "expected node `\(expected)`, got `\(principal.id)`",
                alert: .certificateUnknown
            )
        )
    }

    /// Whether a peer accepted before would be accepted again now.
    package func stillAccepts(_ peer: AuthenticatedPrincipal, part: PeerPart) -> Bool {
        refusal(of: peer, part: part) == nil
    }

    /// Why a peer accepted before would be refused now, or nil when it would not.
    package func refusal(of peer: AuthenticatedPrincipal, part: PeerPart) -> PeerRefusal? {
        switch judge(peer.chain, part: part) {
        case .accepted: nil
        case .refused(let refusal): refusal
        }
    }

    private func judge(_ chain: [Certificate], part: PeerPart) -> PeerVerdict<AuthenticatedPrincipal> {
        let view = state.view
        switch view.directory.authenticate(presentedChain: chain, purpose: part, at: clock()) {
        case .refused(let refusal):
            return .refused(PeerRefusal(refusal))
        case .accepted(let principal):
            let partner = PolicyPartner(principal.partner.rawValue)
            guard let known = view.policy.policy.partners[partner], !known.isSuspended else {
                return .refused(
                    PeerRefusal(
                        code: "suspended",
                        detail: "partner `\(principal.partner)` is suspended by policy",
                        alert: .certificateUnknown
                    )
                )
            }
            return .accepted(principal)
        }
    }
}

extension PeerRefusal {
    /// The refusal with the TLS alert that comes nearest to its reason.
    init(_ refusal: IdentityRefusal) {
        let alert: Alert =
            switch refusal.code {
            case .expired: .certificateExpired
            case .revoked: .certificateRevoked
            case .unknownTrustDomain, .unknownIssuer, .badSignature, .wrongIssuer, .nameConstraint: .unknownCA
            case .wrongUsage, .wrongKey: .unsupportedCertificate
            case .noSPIFFEID, .manyURIs, .invalidSPIFFEID, .invalidCertificate, .noCertificate: .badCertificate
            case .wrongRealm, .sheetExpired, .wrongKind, .notInDirectory, .notYetValid, .revocationListMissing,
                .revocationListExpired, .revocationListNotYetValid:
                .certificateUnknown
            }
        self.init(code: refusal.code.rawValue, detail: refusal.detail, alert: alert)
    }
}
