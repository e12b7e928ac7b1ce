import COpenSSL
import Glibc

/// Writing of the small parts that certificates, requests and revocation lists share.
enum X509Writing {
    /// Adds common name and organisation to a name.
    static func fill(
        _ name: OpaquePointer?,
        commonName: String,
        organization: String?
    ) throws(OpenSSLError) {
        if let organization { try add(organization, as: NID_organizationName, to: name) }
        try add(commonName, as: NID_commonName, to: name)
    }

    private static func add(_ text: String, as nid: Int32, to name: OpaquePointer?) throws(OpenSSLError) {
        let operation = "write name `\(text)`"
        guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
            throw OpenSSLError(operation, because: "expected text without control characters, and some of it")
        }
        let bytes = Array(text.utf8)
        try callOpenSSL(operation) {
            X509_NAME_add_entry_by_NID(name, nid, MBSTRING_FLAG, bytes, Int32(bytes.count), -1, 0)
        }
    }

    /// Runs `body` with a time as libcrypto's object: UTCTime before 2050, GeneralizedTime from then on.
    static func withTime(
        _ unixSeconds: Int64,
        operation: String,
        _ body: (UnsafeMutablePointer<ASN1_TIME>) -> Int32
    ) throws(OpenSSLError) {
        let time = try makeOpenSSL(operation) { ASN1_TIME_set(nil, time_t(unixSeconds)) }
        defer { ASN1_TIME_free(time) }
        try callOpenSSL(operation) { body(time) }
    }

    /// Runs `body` with a serial number as libcrypto's object.
    static func withSerialNumber(
        _ bytes: [UInt8],
        operation: String,
        _ body: (UnsafeMutablePointer<ASN1_INTEGER>) -> Int32
    ) throws(OpenSSLError) {
        let digits = Array(bytes.drop { $0 == 0 })
        guard (1...20).contains(digits.count), digits.count < 20 || digits[0] < 0x80 else {
            throw OpenSSLError(operation, because: "expected a positive serial number of at most 20 bytes")
        }
        let number = try makeOpenSSL(operation) { BN_bin2bn(digits, Int32(digits.count), nil) }
        defer { BN_free(number) }
        let integer = try makeOpenSSL(operation) { BN_to_ASN1_INTEGER(number, nil) }
        defer { ASN1_INTEGER_free(integer) }
        try callOpenSSL(operation) { body(integer) }
    }

    /// 16 random bytes that are a positive number of full length.
    static func randomSerialNumber() throws(OpenSSLError) -> [UInt8] {
        var bytes = try SecureRandom.bytes(16)
        bytes[0] = bytes[0] & 0x7f | 0x40
        return bytes
    }

    /// The digest that goes with a key's signatures on certificates; nil for Ed25519, which brings its own.
    static func signatureDigest(of algorithm: KeyAlgorithm) -> OpaquePointer? {
        switch algorithm {
        case .p256: EVP_sha256()
        case .p384: EVP_sha384()
        case .ed25519: nil
        }
    }
}
