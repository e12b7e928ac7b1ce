import COpenSSL

/// An authority's certificate together with its key: issues certificates and revocation lists, all in memory.
public struct CertificateIssuer: Sendable {
    /// The authority's certificate.
    public let certificate: Certificate
    private let key: PrivateKey

    /// The issuer with this certificate and key.
    ///
    /// - Throws: `OpenSSLError` when the key is not the certificate's, or the certificate is not an authority's.
    public init(certificate: Certificate, key: PrivateKey) throws(OpenSSLError) {
        let operation = "issue as \(certificate)"
        guard certificate.publicKey == key.publicKey else {
            throw OpenSSLError(operation, because: "the private key does not belong to the certificate")
        }
        guard certificate.isCertificateAuthority, certificate.keyUsage?.contains(.keyCertSign) == true else {
            throw OpenSSLError(operation, because: "expected an authority that may sign certificates")
        }
        self.certificate = certificate
        self.key = key
    }

    /// A certificate as the template describes it, signed by its own key: a root.
    ///
    /// - Throws: `OpenSSLError` when the key is not the template's or the result would not be accepted as a certificate.
    public static func selfSigned(
        _ template: CertificateTemplate,
        key: PrivateKey
    ) throws(OpenSSLError) -> Certificate {
        guard template.publicKey == key.publicKey else {
            throw OpenSSLError("issue certificate", because: "the private key does not belong to the template")
        }
        return try make(template, issuer: nil, key: key)
    }

    /// A certificate as the template describes it, signed by this authority.
    ///
    /// - Throws: `OpenSSLError` when the result would not be accepted as a certificate.
    public func issue(_ template: CertificateTemplate) throws(OpenSSLError) -> Certificate {
        try Self.make(template, issuer: certificate, key: key)
    }

    private static func make(
        _ template: CertificateTemplate,
        issuer: Certificate?,
        key: PrivateKey
    ) throws(OpenSSLError) -> Certificate {
        let operation = "issue certificate"
        guard template.notBefore <= template.notAfter else {
            throw OpenSSLError(operation, because: "validity ends before it begins")
        }
        guard template.pathLength ?? 0 >= 0, template.pathLength == nil || template.isCertificateAuthority else {
            throw OpenSSLError(operation, because: "expected a path length of 0 or more, for authorities only")
        }
        let certificate = try makeOpenSSL(operation) { X509_new() }
        defer { X509_free(certificate) }
        try callOpenSSL(operation) { X509_set_version(certificate, shim_X509_VERSION_3()) }
        let serialNumber: [UInt8]
        if let given = template.serialNumber {
            serialNumber = given
        } else {
            serialNumber = try X509Writing.randomSerialNumber()
        }
        try X509Writing.withSerialNumber(serialNumber, operation: operation) {
            X509_set_serialNumber(certificate, $0)
        }
        try X509Writing.withTime(template.notBefore, operation: operation) { X509_set1_notBefore(certificate, $0) }
        try X509Writing.withTime(template.notAfter, operation: operation) { X509_set1_notAfter(certificate, $0) }
        try X509Writing.fill(
            X509_get_subject_name(certificate),
            commonName: template.commonName,
            organization: template.organization
        )
        let issuerName = issuer.map { X509_get_subject_name($0.pointer) } ?? X509_get_subject_name(certificate)
        try callOpenSSL(operation) { X509_set_issuer_name(certificate, issuerName) }
        try callOpenSSL(operation) { X509_set_pubkey(certificate, template.publicKey.pointer) }
        let authority = issuer.map { $0.subjectKeyIdentifier ?? $0.publicKey.keyIdentifier }
        let extensions = try X509ExtensionValue.extensions(
            of: template,
            authority: authority ?? template.publicKey.keyIdentifier
        )
        for value in extensions {
            try value.withObject { X509_add_ext(certificate, $0, -1) }
        }
        try callOpenSSL(operation) {
            X509_sign(certificate, key.pointer, X509Writing.signatureDigest(of: key.algorithm))
        }
        return try withExtendedLifetime((issuer, template, key)) { () throws(OpenSSLError) in
            try Certificate(der: DERCoding.encode(operation) { i2d_X509(certificate, $0) })
        }
    }
}

extension CertificateIssuer {
    /// One revoked certificate, for a list.
    public struct Revocation: Hashable, Sendable {
        /// The serial number in upper-case hexadecimal, as `Certificate.serialNumber` gives it.
        public var serialNumber: String
        /// When it was revoked, in seconds since 1970.
        public var time: Int64
        /// Why.
        public var reason: RevocationReason

        public init(serialNumber: String, time: Int64, reason: RevocationReason = .unspecified) {
            self.serialNumber = serialNumber
            self.time = time
            self.reason = reason
        }
    }

    /// This authority's complete revocation list.
    ///
    /// - Parameters:
    ///   - number: must grow with each list.
    ///   - thisUpdate: when the list is made, in seconds since 1970.
    ///   - nextUpdate: when the next one is due.
    ///   - revoked: every revoked certificate that has not expired.
    /// - Throws: `OpenSSLError` when the authority may not sign lists or the result would not be accepted as a list.
    public func revocationList(
        number: UInt64,
        thisUpdate: Int64,
        nextUpdate: Int64,
        revoked: [Revocation] = []
    ) throws(OpenSSLError) -> CertificateRevocationList {
        let operation = "issue revocation list"
        guard certificate.keyUsage?.contains(.crlSign) == true else {
            throw OpenSSLError(operation, because: "\(certificate) may not sign revocation lists")
        }
        guard thisUpdate < nextUpdate else {
            throw OpenSSLError(operation, because: "the next update is not after this one")
        }
        let list = try makeOpenSSL(operation) { X509_CRL_new() }
        defer { X509_CRL_free(list) }
        try callOpenSSL(operation) { X509_CRL_set_version(list, shim_X509_CRL_VERSION_2()) }
        try callOpenSSL(operation) { X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate.pointer)) }
        try X509Writing.withTime(thisUpdate, operation: operation) { X509_CRL_set1_lastUpdate(list, $0) }
        try X509Writing.withTime(nextUpdate, operation: operation) { X509_CRL_set1_nextUpdate(list, $0) }
        for revocation in revoked { try Self.add(revocation, to: list) }
        try callOpenSSL(operation) { X509_CRL_sort(list) }
        let extensions = [
            X509ExtensionValue.authorityKeyIdentifier(
                certificate.subjectKeyIdentifier ?? certificate.publicKey.keyIdentifier
            ),
            X509ExtensionValue(nid: NID_crl_number, isCritical: false, der: DERWriter.unsignedInteger(number)),
        ]
        for value in extensions {
            try value.withObject { X509_CRL_add_ext(list, $0, -1) }
        }
        try callOpenSSL(operation) {
            X509_CRL_sign(list, key.pointer, X509Writing.signatureDigest(of: key.algorithm))
        }
        return try CertificateRevocationList(der: DERCoding.encode(operation) { i2d_X509_CRL(list, $0) })
    }

    private static func add(_ revocation: Revocation, to list: OpaquePointer) throws(OpenSSLError) {
        let operation = "revoke `\(revocation.serialNumber)`"
        guard let serialNumber = HexText.bytes(revocation.serialNumber) else {
            throw OpenSSLError(operation, because: "expected a serial number in hexadecimal")
        }
        let entry = try makeOpenSSL(operation) { X509_REVOKED_new() }
        do throws(OpenSSLError) {
            try X509Writing.withSerialNumber(serialNumber, operation: operation) {
                X509_REVOKED_set_serialNumber(entry, $0)
            }
            try X509Writing.withTime(revocation.time, operation: operation) {
                X509_REVOKED_set_revocationDate(entry, $0)
            }
            // RFC 5280 section 5.3.1: the reason `unspecified` is said by leaving it out.
            if revocation.reason != .unspecified {
                let der = DERWriter.element(tag: 0x0a, [UInt8(revocation.reason.rawValue)])
                try X509ExtensionValue(nid: NID_crl_reason, isCritical: false, der: der)
                    .withObject { X509_REVOKED_add_ext(entry, $0, -1) }
            }
            try callOpenSSL(operation) { X509_CRL_add0_revoked(list, entry) }
        } catch {
            X509_REVOKED_free(entry)
            throw error
        }
    }
}
