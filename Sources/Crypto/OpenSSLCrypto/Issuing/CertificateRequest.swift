import COpenSSL

/// A request for a certificate (PKCS#10, RFC 2986), whose signature proves that the sender holds the key.
///
/// An issuer takes the key from it and decides everything else itself: names and extensions that the request asks for are not read.
public struct CertificateRequest: Hashable, Sendable {
    /// The longest accepted request in bytes.
    public static let byteLimit = 65_536

    /// The DER encoding.
    public let der: [UInt8]
    /// The name that the sender gives itself, as RFC 2253 text; a hint for people.
    public let subject: String
    /// The key to certify.
    public let publicKey: PublicKey

    /// Parses one request and verifies its signature.
    ///
    /// - Throws: `OpenSSLError` for anything but strict DER, trailing bytes, a key that is not accepted, and a wrong signature.
    public init(der bytes: [UInt8]) throws(OpenSSLError) {
        let operation = "parse certificate request"
        guard bytes.count <= Self.byteLimit, DERForm.isOneElement(bytes, booleansDefaultToFalse: true) else {
            throw OpenSSLError(
                operation,
                because: "expected one DER element of at most \(Self.byteLimit) bytes, got \(bytes.count) bytes"
            )
        }
        let request = try DERCoding.decode(operation, bytes, free: X509_REQ_free) { d2i_X509_REQ(nil, $0, $1) }
        defer { X509_REQ_free(request) }
        guard X509_REQ_get_version(request) == shim_X509_REQ_VERSION_1() else {
            throw OpenSSLError(operation, because: "expected version 1, got \(X509_REQ_get_version(request) + 1)")
        }
        publicKey = try PublicKey(
            subjectPublicKeyInfo: DERCoding.encode(operation) {
                i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), $0)
            }
        )
        subject = try X509Reading.text(ofName: X509_REQ_get_subject_name(request), operation: operation)
        let key = publicKey.pointer
        try callOpenSSL("verify certificate request") { X509_REQ_verify(request, key) }
        der = bytes
    }

    /// Parses a PEM text with exactly one request.
    public init(pem: [UInt8]) throws(OpenSSLError) {
        let operation = "parse certificate request"
        let blocks = try PEMBlock.parse(pem, operation: operation)
        guard blocks.count == 1, let block = blocks.first, block.headers.isEmpty,
            ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"].contains(block.label)
        else {
            throw OpenSSLError(operation, because: "expected one `CERTIFICATE REQUEST`, got \(blocks.map(\.label))")
        }
        try self.init(der: block.bytes)
    }

    /// Makes a request for this key under this name.
    public init(commonName: String, organization: String? = nil, key: PrivateKey) throws(OpenSSLError) {
        let operation = "make certificate request"
        let request = try makeOpenSSL(operation) { X509_REQ_new() }
        defer { X509_REQ_free(request) }
        try callOpenSSL(operation) { X509_REQ_set_version(request, shim_X509_REQ_VERSION_1()) }
        try X509Writing.fill(
            X509_REQ_get_subject_name(request),
            commonName: commonName,
            organization: organization
        )
        try callOpenSSL(operation) { X509_REQ_set_pubkey(request, key.publicKey.pointer) }
        try callOpenSSL(operation) {
            X509_REQ_sign(request, key.pointer, X509Writing.signatureDigest(of: key.algorithm))
        }
        try self.init(der: DERCoding.encode(operation) { i2d_X509_REQ(request, $0) })
    }

    /// The request as PEM text.
    public func pem() -> [UInt8] {
        PEMBlock.text(label: "CERTIFICATE REQUEST", bytes: der)
    }
}
