import COpenSSL

/// What a certificate says, read once out of libcrypto's object and checked.
struct CertificateFields: Sendable {
    let subject: String
    let issuer: String
    let serialNumber: String
    let notBefore: Int64
    let notAfter: Int64
    let publicKey: PublicKey
    let signatureAlgorithm: SignatureAlgorithm
    let isCertificateAuthority: Bool
    let pathLength: Int?
    let keyUsage: KeyUsage?
    let extendedKeyUsage: [ExtendedKeyUsage]?
    let alternativeNames: AlternativeNames
    let nameConstraints: NameConstraints?
    let subjectKeyIdentifier: KeyIdentifier?
    let authorityKeyIdentifier: KeyIdentifier?

    init(of certificate: OpaquePointer, operation: String) throws(OpenSSLError) {
        guard X509_get_version(certificate) == shim_X509_VERSION_3() else {
            throw OpenSSLError(operation, because: "expected X.509 version 3, got \(X509_get_version(certificate) + 1)")
        }
        try X509Reading.requireDERExtensions(count: X509_get_ext_count(certificate), operation: operation) {
            X509_get_ext(certificate, $0)
        }
        // Fills libcrypto's cache of the extensions, so that later readers find the object unchanging.
        ERR_clear_error()
        let isConsistent = X509_check_purpose(certificate, -1, 0) == 1
        let flags = X509_get_extension_flags(certificate)
        guard isConsistent, flags & UInt32(EXFLAG_INVALID) == 0 else {
            throw OpenSSLError(draining: "\(operation): malformed or repeated extension")
        }

        subject = try X509Reading.text(ofName: X509_get_subject_name(certificate), operation: operation)
        issuer = try X509Reading.text(ofName: X509_get_issuer_name(certificate), operation: operation)
        serialNumber = try X509Reading.serialNumber(of: X509_get0_serialNumber(certificate), operation: operation)
        notBefore = try X509Reading.unixSeconds(of: X509_get0_notBefore(certificate), operation: operation)
        notAfter = try X509Reading.unixSeconds(of: X509_get0_notAfter(certificate), operation: operation)
        publicKey = try Self.publicKey(of: certificate, operation: operation)
        signatureAlgorithm = SignatureAlgorithm(nid: X509_get_signature_nid(certificate))
        isCertificateAuthority = flags & UInt32(EXFLAG_CA) != 0
        let pathLength = X509_get_pathlen(certificate)
        self.pathLength = pathLength >= 0 ? pathLength : nil
        keyUsage =
            flags & UInt32(EXFLAG_KUSAGE) != 0
            ? KeyUsage(libcryptoBits: X509_get_key_usage(certificate)) : nil
        extendedKeyUsage = try Self.extendedKeyUsage(of: certificate, operation: operation)
        alternativeNames = try AlternativeNames(of: certificate, operation: operation)
        nameConstraints = try NameConstraints(of: certificate, operation: operation)
        subjectKeyIdentifier = try X509Reading.keyIdentifier(
            of: X509_get0_subject_key_id(certificate),
            operation: operation
        )
        authorityKeyIdentifier = try X509Reading.keyIdentifier(
            of: X509_get0_authority_key_id(certificate),
            operation: operation
        )
        ERR_clear_error()
    }

    private static func publicKey(of certificate: OpaquePointer, operation: String) throws(OpenSSLError) -> PublicKey {
        let bytes = try DERCoding.encode(operation) { i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), $0) }
        // Without an object the key is broken or unknown; `PublicKey` then says which.
        guard let key = X509_get0_pubkey(certificate) else { return try PublicKey(subjectPublicKeyInfo: bytes) }
        return try PublicKey(subjectPublicKeyInfo: bytes, parsed: key)
    }

    private static func extendedKeyUsage(
        of certificate: OpaquePointer,
        operation: String
    ) throws(OpenSSLError) -> [ExtendedKeyUsage]? {
        let value = try X509Reading.extension("extKeyUsage", operation: operation) {
            X509_get_ext_d2i(certificate, NID_ext_key_usage, $0, nil)
        }
        guard let value else { return nil }
        let stack = OpaquePointer(value)
        defer { shim_EXTENDED_KEY_USAGE_free(stack) }
        return (0..<shim_sk_ASN1_OBJECT_num(stack)).map {
            ExtendedKeyUsage(rawValue: X509Reading.dottedText(of: shim_sk_ASN1_OBJECT_value(stack, $0)))
        }
    }
}
