import COpenSSL

/// An X.509 version 3 certificate in strict DER (RFC 5280).
///
/// Existing proves form only, never trust: that is for `ChainVerifier`. Certificates are equal when their bytes are.
// `@unchecked Sendable`: the X509 object and its extension cache are complete after `init` and only read afterwards; its reference count is atomic.
public final class Certificate: Hashable, @unchecked Sendable, CustomStringConvertible {
    /// The longest accepted certificate in bytes.
    public static let byteLimit = 65_536

    /// The DER encoding.
    public let der: [UInt8]
    /// SHA-256 of the DER.
    public let fingerprint: SHA256Digest
    /// The `X509 *`; valid as long as this object.
    package let pointer: OpaquePointer
    private let fields: CertificateFields

    /// Parses one certificate.
    ///
    /// - Throws: `OpenSSLError` for anything but strict DER that re-encodes to the same bytes, trailing bytes, a key that is not P-256,
    ///   P-384 or Ed25519, malformed or repeated extensions, names with control characters, and times or serial numbers that RFC 5280 forbids.
    public init(der bytes: [UInt8]) throws(OpenSSLError) {
        let operation = "parse certificate"
        try X509Reading.requireDER(bytes, limit: Self.byteLimit, operation: operation)
        let certificate = try DERCoding.decode(operation, bytes, free: X509_free) { d2i_X509(nil, $0, $1) }
        do throws(OpenSSLError) {
            try Self.requireSameEncoding(bytes, operation: operation)
            fields = try CertificateFields(of: certificate, operation: operation)
        } catch {
            X509_free(certificate)
            throw error
        }
        der = bytes
        fingerprint = .hash(bytes)
        pointer = certificate
    }

    /// Parses every certificate of a PEM bundle, in order.
    ///
    /// - Throws: `OpenSSLError` when there is none, or a block that is not a certificate.
    public static func parse(pem: [UInt8]) throws(OpenSSLError) -> [Certificate] {
        var certificates: [Certificate] = []
        for block in try PEMBlock.parse(pem, operation: "parse certificates") {
            guard block.label == "CERTIFICATE", block.headers.isEmpty else {
                throw OpenSSLError("parse certificates", because: "expected `CERTIFICATE`, got `\(block.label)`")
            }
            certificates.append(try Certificate(der: block.bytes))
        }
        return certificates
    }

    deinit {
        X509_free(pointer)
    }

    /// The certificate as PEM text.
    public func pem() -> [UInt8] {
        PEMBlock.text(label: "CERTIFICATE", bytes: der)
    }

    /// Builds the encoding anew from the parsed parts of a second, throw-away object and compares.
    ///
    /// libcrypto answers the bytes that it has read unless it is told to encode again. That marks the object as modified, after which
    /// libcrypto compares it with others by SHA-1 alone: hence not the object that is kept.
    private static func requireSameEncoding(_ bytes: [UInt8], operation: String) throws(OpenSSLError) {
        let copy = try DERCoding.decode(operation, bytes, free: X509_free) { d2i_X509(nil, $0, $1) }
        defer { X509_free(copy) }
        let toBeSigned = try DERCoding.encode(operation) { i2d_re_X509_tbs(copy, $0) }
        guard try DERCoding.encode(operation, { i2d_X509(copy, $0) }) == bytes,
            DERSlice(bytes[...]).onlyElement(tag: 0x30)?.remaining.starts(with: toBeSigned) == true
        else {
            throw OpenSSLError(operation, because: "the certificate does not re-encode to the same bytes")
        }
    }

    public static func == (left: Certificate, right: Certificate) -> Bool {
        left === right || left.der == right.der
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(fingerprint)
    }

    public var description: String {
        "certificate \(fields.uris.first ?? subject) (serial \(serialNumber))"
    }
}

extension CertificateFields {
    fileprivate var uris: [String] { alternativeNames.uris }
}

extension Certificate {
    /// The holder's name as RFC 2253 text.
    public var subject: String { fields.subject }
    /// The issuer's name as RFC 2253 text.
    public var issuer: String { fields.issuer }
    /// The serial number in upper-case hexadecimal, without leading zero bytes.
    public var serialNumber: String { fields.serialNumber }
    /// The first second of validity, in seconds since 1970.
    public var notBefore: Int64 { fields.notBefore }
    /// The end of validity, in seconds since 1970; at this second the verifier already takes it for expired.
    public var notAfter: Int64 { fields.notAfter }
    /// The certified key.
    public var publicKey: PublicKey { fields.publicKey }
    /// The algorithm of the issuer's signature.
    public var signatureAlgorithm: SignatureAlgorithm { fields.signatureAlgorithm }
    /// Every URI of the subjectAltName, in order.
    public var uris: [String] { fields.alternativeNames.uris }
    /// Every DNS name of the subjectAltName, in order.
    public var dnsNames: [String] { fields.alternativeNames.dnsNames }
    /// The name of the key as the extension claims it; `publicKey.keyIdentifier` is the computed one.
    public var subjectKeyIdentifier: KeyIdentifier? { fields.subjectKeyIdentifier }
    /// The name of the issuer's key as the extension claims it.
    public var authorityKeyIdentifier: KeyIdentifier? { fields.authorityKeyIdentifier }
    /// Whether the basic constraints say that the holder may issue certificates.
    public var isCertificateAuthority: Bool { fields.isCertificateAuthority }
    /// How many authorities may stand below this one; nil without a limit.
    public var pathLength: Int? { fields.pathLength }
    /// What the key may be used for; nil when the certificate does not say.
    public var keyUsage: KeyUsage? { fields.keyUsage }
    /// The purposes of the key, in order; nil when the certificate does not say.
    public var extendedKeyUsage: [ExtendedKeyUsage]? { fields.extendedKeyUsage }
    /// The hosts that certificates below this one are bound to; nil when it binds none.
    public var nameConstraints: NameConstraints? { fields.nameConstraints }
    /// Whether subject and issuer are the same name, as in a root.
    public var isSelfIssued: Bool {
        X509_NAME_cmp(X509_get_subject_name(pointer), X509_get_issuer_name(pointer)) == 0
    }
}
