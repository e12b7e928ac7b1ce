import COpenSSL

/// A complete X.509 version 2 certificate revocation list in strict DER (RFC 5280 section 5).
///
/// Existing proves form only: whose signature is on it, `isSigned(by:)` and `ChainVerifier` say. Delta lists, indirect lists and lists
/// for a part of an issuer's certificates are refused, because a reader that overlooks the difference would take revoked for valid.
// `@unchecked Sendable`: the X509_CRL is complete and its entries sorted after `init`, and only read afterwards; its reference count is atomic.
public final class CertificateRevocationList: Hashable, @unchecked Sendable, CustomStringConvertible {
    /// The longest accepted list in bytes.
    public static let byteLimit = 16 * 1024 * 1024

    /// The DER encoding.
    public let der: [UInt8]
    /// The issuer's name as RFC 2253 text.
    public let issuer: String
    /// The name of the issuer's key as the extension claims it.
    public let authorityKeyIdentifier: KeyIdentifier?
    /// The number of the list, which grows with each one that the issuer makes; nil when it has none.
    public let number: UInt64?
    /// When the list was made, in seconds since 1970.
    public let thisUpdate: Int64
    /// When the next one is due, in seconds since 1970; from this second on this one is stale.
    public let nextUpdate: Int64
    /// The serial numbers of the revoked certificates, in upper-case hexadecimal.
    public let revokedSerialNumbers: Set<String>
    /// The `X509_CRL *`; valid as long as this object.
    package let pointer: OpaquePointer

    /// Parses one list.
    ///
    /// - Throws: `OpenSSLError` for anything but strict DER, trailing bytes, a missing nextUpdate, a signature other than ECDSA with
    ///   SHA-256 or SHA-384, and lists that are not complete.
    public init(der bytes: [UInt8]) throws(OpenSSLError) {
        let operation = "parse revocation list"
        try X509Reading.requireDER(bytes, limit: Self.byteLimit, operation: operation)
        let list = try DERCoding.decode(operation, bytes, free: X509_CRL_free) { d2i_X509_CRL(nil, $0, $1) }
        do throws(OpenSSLError) {
            try Self.requireAcceptedForm(list, bytes, operation: operation)
            issuer = try X509Reading.text(ofName: X509_CRL_get_issuer(list), operation: operation)
            thisUpdate = try X509Reading.unixSeconds(of: X509_CRL_get0_lastUpdate(list), operation: operation)
            nextUpdate = try X509Reading.unixSeconds(of: X509_CRL_get0_nextUpdate(list), operation: operation)
            number = try Self.number(of: list, operation: operation)
            authorityKeyIdentifier = try Self.authorityKeyIdentifier(of: list, operation: operation)
            revokedSerialNumbers = try Self.revokedSerialNumbers(of: list, operation: operation)
        } catch {
            X509_CRL_free(list)
            throw error
        }
        der = bytes
        pointer = list
    }

    /// Parses every list of a PEM text, in order.
    ///
    /// - Throws: `OpenSSLError` when there is none, or a block that is not a revocation list.
    public static func parse(pem: [UInt8]) throws(OpenSSLError) -> [CertificateRevocationList] {
        var lists: [CertificateRevocationList] = []
        for block in try PEMBlock.parse(pem, operation: "parse revocation lists") {
            guard block.label == "X509 CRL", block.headers.isEmpty else {
                throw OpenSSLError("parse revocation lists", because: "expected `X509 CRL`, got `\(block.label)`")
            }
            lists.append(try CertificateRevocationList(der: block.bytes))
        }
        return lists
    }

    deinit {
        X509_CRL_free(pointer)
    }

    /// The list as PEM text.
    public func pem() -> [UInt8] {
        PEMBlock.text(label: "X509 CRL", bytes: der)
    }

    /// Whether this authority issued the list: same name, allowed to sign lists, and its signature holds.
    public func isSigned(by authority: Certificate) -> Bool {
        defer { ERR_clear_error() }
        guard authority.isCertificateAuthority, authority.keyUsage?.contains(.crlSign) == true,
            X509_NAME_cmp(X509_CRL_get_issuer(pointer), X509_get_subject_name(authority.pointer)) == 0
        else { return false }
        return X509_CRL_verify(pointer, authority.publicKey.pointer) == 1
    }

    public static func == (left: CertificateRevocationList, right: CertificateRevocationList) -> Bool {
        left === right || left.der == right.der
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(der)
    }

    public var description: String {
        "revocation list \(number.map(String.init) ?? "without number") of \(issuer)"
    }
}

extension CertificateRevocationList {
    private static func requireAcceptedForm(
        _ list: OpaquePointer,
        _ bytes: [UInt8],
        operation: String
    ) throws(OpenSSLError) {
        guard X509_CRL_get_version(list) == shim_X509_CRL_VERSION_2() else {
            throw OpenSSLError(operation, because: "expected version 2, got \(X509_CRL_get_version(list) + 1)")
        }
        switch SignatureAlgorithm(nid: X509_CRL_get_signature_nid(list)) {
        case .ecdsaWithSHA256, .ecdsaWithSHA384: break
        case .other(let name):
            throw OpenSSLError(operation, because: "expected ECDSA with SHA-256 or SHA-384, got `\(name)`")
        }
        try X509Reading.requireDERExtensions(count: X509_CRL_get_ext_count(list), operation: operation) {
            X509_CRL_get_ext(list, $0)
        }
        for (nid, name) in [
            (NID_delta_crl, "deltaCRLIndicator"), (NID_issuing_distribution_point, "issuingDistributionPoint"),
        ] {
            guard X509_CRL_get_ext_by_NID(list, nid, -1) < 0 else {
                throw OpenSSLError(operation, because: "expected a complete list, got one with extension `\(name)`")
            }
        }
        // As with certificates: encoded anew from a second object, because encoding marks it as modified.
        let copy = try DERCoding.decode(operation, bytes, free: X509_CRL_free) { d2i_X509_CRL(nil, $0, $1) }
        defer { X509_CRL_free(copy) }
        let toBeSigned = try DERCoding.encode(operation) { i2d_re_X509_CRL_tbs(copy, $0) }
        guard try DERCoding.encode(operation, { i2d_X509_CRL(copy, $0) }) == bytes,
            DERSlice(bytes[...]).onlyElement(tag: 0x30)?.remaining.starts(with: toBeSigned) == true
        else {
            throw OpenSSLError(operation, because: "the list does not re-encode to the same bytes")
        }
    }

    private static func number(of list: OpaquePointer, operation: String) throws(OpenSSLError) -> UInt64? {
        let value = try X509Reading.extension("cRLNumber", operation: operation) {
            X509_CRL_get_ext_d2i(list, NID_crl_number, $0, nil)
        }
        guard let value else { return nil }
        let integer = value.assumingMemoryBound(to: ASN1_INTEGER.self)
        defer { ASN1_INTEGER_free(integer) }
        var number: UInt64 = 0
        guard ASN1_INTEGER_get_uint64(&number, integer) == 1 else {
            throw OpenSSLError(operation, because: "expected a list number from 0 to \(UInt64.max)")
        }
        return number
    }

    private static func authorityKeyIdentifier(
        of list: OpaquePointer,
        operation: String
    ) throws(OpenSSLError) -> KeyIdentifier? {
        let value = try X509Reading.extension("authorityKeyIdentifier", operation: operation) {
            X509_CRL_get_ext_d2i(list, NID_authority_key_identifier, $0, nil)
        }
        guard let value else { return nil }
        let identifier = value.assumingMemoryBound(to: AUTHORITY_KEYID.self)
        defer { AUTHORITY_KEYID_free(identifier) }
        return try X509Reading.keyIdentifier(of: identifier.pointee.keyid, operation: operation)
    }

    private static func revokedSerialNumbers(
        of list: OpaquePointer,
        operation: String
    ) throws(OpenSSLError) -> Set<String> {
        guard let entries = X509_CRL_get_REVOKED(list) else { return [] }
        var serialNumbers: Set<String> = []
        for index in 0..<max(0, shim_sk_X509_REVOKED_num(entries)) {
            guard let entry = shim_sk_X509_REVOKED_value(entries, index) else {
                throw OpenSSLError(operation, because: "entry \(index) is missing")
            }
            try requireAcceptedEntry(entry, index: index, operation: operation)
            let serialNumber = try X509Reading.serialNumber(
                of: X509_REVOKED_get0_serialNumber(entry),
                operation: operation
            )
            guard serialNumbers.insert(serialNumber).inserted else {
                throw OpenSSLError(operation, because: "serial number \(serialNumber) stands there twice")
            }
        }
        // libcrypto sorts the entries at the first look-up; do it now, while nobody else has the object.
        var first: OpaquePointer?
        _ = X509_CRL_get0_by_serial(
            list,
            &first,
            X509_REVOKED_get0_serialNumber(shim_sk_X509_REVOKED_value(entries, 0))
        )
        return serialNumbers
    }

    /// Refuses entries that would not revoke: of another issuer, or taken off the list again.
    private static func requireAcceptedEntry(
        _ entry: OpaquePointer,
        index: Int32,
        operation: String
    ) throws(OpenSSLError) {
        guard X509_REVOKED_get_ext_by_NID(entry, NID_certificate_issuer, -1) < 0 else {
            throw OpenSSLError(operation, because: "entry \(index) is of another issuer")
        }
        let value = try X509Reading.extension("cRLReason", operation: operation) {
            X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, $0, nil)
        }
        guard let value else { return }
        let reason = value.assumingMemoryBound(to: ASN1_ENUMERATED.self)
        defer { ASN1_ENUMERATED_free(reason) }
        guard RevocationReason(rawValue: ASN1_ENUMERATED_get(reason)) != nil else {
            throw OpenSSLError(operation, because: "entry \(index) has a reason that does not revoke")
        }
    }
}
