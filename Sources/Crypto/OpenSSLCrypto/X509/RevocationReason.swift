/// Why a certificate was revoked (RFC 5280 section 5.3.1), without `removeFromCRL`, which revokes nothing.
public enum RevocationReason: Int, Hashable, Sendable, CaseIterable {
    case unspecified = 0
    case keyCompromise = 1
    case authorityCompromise = 2
    case affiliationChanged = 3
    case superseded = 4
    case cessationOfOperation = 5
    case certificateHold = 6
    case privilegeWithdrawn = 9
    case attributeAuthorityCompromise = 10
}
