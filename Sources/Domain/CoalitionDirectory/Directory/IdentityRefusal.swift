import OpenSSLCrypto

/// Why a certificate is not taken for an identity: a stable code for the other side and the reason in words.
public struct IdentityRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The stable reason codes of refused identities.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// Nothing was presented.
        case noCertificate = "no-certificate"
        /// The certificate holds no URI.
        case noSPIFFEID = "no-spiffe-id"
        /// The certificate holds more than one URI.
        case manyURIs = "many-uris"
        /// The certificate's URI is not a SPIFFE ID of the form in use.
        case invalidSPIFFEID = "invalid-spiffe-id"
        /// No partner has the trust domain that the certificate names.
        case unknownTrustDomain = "unknown-trust-domain"
        /// The trust domain belongs to another realm than this directory's.
        case wrongRealm = "wrong-realm"
        /// The partner's sheet is past its next update.
        case sheetExpired = "sheet-expired"
        /// The certificate chains to no root of the partner that it names.
        case unknownIssuer = "unknown-issuer"
        /// The authority that issued the certificate may not issue for that kind of principal.
        case wrongIssuer = "wrong-issuer"
        /// The kind of principal cannot take that part: only a node can be a server.
        case wrongKind = "wrong-kind"
        /// The partner's sheet does not list the principal, or not with this certificate.
        case notInDirectory = "not-in-directory"
        case expired
        case notYetValid = "not-yet-valid"
        case revoked
        case revocationListMissing = "crl-missing"
        case revocationListExpired = "crl-expired"
        case revocationListNotYetValid = "crl-not-yet-valid"
        /// A root or intermediate does not permit the name in the certificate.
        case nameConstraint = "name-constraint"
        /// The key usages are not those of the profile.
        case wrongUsage = "wrong-usage"
        /// The key is not of an accepted algorithm, or its identifier is not its own.
        case wrongKey = "wrong-key"
        case badSignature = "bad-signature"
        /// Anything else for which OpenSSL refuses the chain.
        case invalidCertificate = "invalid-certificate"
    }

    /// What the other side is told.
    public let code: Code
    /// Expected and got, for the operator.
    public let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}

extension IdentityRefusal.Code {
    /// The code for OpenSSL's reason.
    init(_ code: ChainRefusal.Code) {
        switch code {
        case .expired: self = .expired
        case .notYetValid: self = .notYetValid
        case .revoked: self = .revoked
        case .unknownIssuer: self = .unknownIssuer
        case .crlMissing: self = .revocationListMissing
        case .crlExpired: self = .revocationListExpired
        case .crlNotYetValid: self = .revocationListNotYetValid
        case .nameConstraint: self = .nameConstraint
        case .wrongUsage: self = .wrongUsage
        case .badSignature: self = .badSignature
        case .weakKey: self = .wrongKey
        case .other: self = .invalidCertificate
        }
    }
}
