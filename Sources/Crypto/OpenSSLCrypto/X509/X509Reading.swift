import COpenSSL
import Glibc

/// Reading of the small parts that certificates, requests and revocation lists share.
enum X509Reading {
    /// A name as RFC 2253 text; everything outside printable ASCII is escaped.
    static func text(ofName name: OpaquePointer?, operation: String) throws(OpenSSLError) -> String {
        guard let name else { throw OpenSSLError(operation, because: "no name") }
        let bio = try MemoryBIO()
        let target = bio.pointer
        ERR_clear_error()
        guard shim_X509_NAME_print_rfc2253(target, name) >= 0 else { throw OpenSSLError(draining: operation) }
        return String(decoding: bio.bytes, as: UTF8.self)
    }

    /// The contents of an ASN.1 string type.
    static func bytes(of string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        [UInt8](UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
    }

    /// A time in seconds since 1970, in the one form that RFC 5280 section 4.1.2.5 allows: `Z`, seconds given, no fractions, and
    /// UTCTime before 2050.
    static func unixSeconds(
        of time: UnsafePointer<ASN1_TIME>?,
        operation: String
    ) throws(OpenSSLError) -> Int64 {
        guard let time else { throw OpenSSLError(operation, because: "a time is missing") }
        let text = String(decoding: bytes(of: time), as: UTF8.self)
        var fields = tm()
        let isUTCTime = ASN1_STRING_type(time) == V_ASN1_UTCTIME
        guard text.utf8.count == (isUTCTime ? 13 : 15), text.hasSuffix("Z"),
            text.utf8.dropLast().allSatisfy({ 0x30...0x39 ~= $0 }),
            ASN1_TIME_to_tm(time, &fields) == 1, isUTCTime == (50..<150).contains(fields.tm_year)
        else {
            throw OpenSSLError(operation, because: "expected a time as RFC 5280 wants it, got `\(text)`")
        }
        return Int64(timegm(&fields))
    }

    /// A serial number in upper-case hexadecimal: positive and at most 20 bytes (RFC 5280 section 4.1.2.2).
    static func serialNumber(
        of integer: UnsafePointer<ASN1_INTEGER>?,
        operation: String
    ) throws(OpenSSLError) -> String {
        guard let integer, ASN1_STRING_type(integer) == V_ASN1_INTEGER else {
            throw OpenSSLError(operation, because: "expected a positive serial number")
        }
        let bytes = Array(bytes(of: integer).drop { $0 == 0 })
        guard (1...20).contains(bytes.count) else {
            throw OpenSSLError(operation, because: "expected a serial number of 1 to 20 bytes, got \(bytes.count)")
        }
        return HexText.uppercase(bytes)
    }

    /// A key identifier extension; nil when it is absent.
    static func keyIdentifier(
        of string: UnsafePointer<ASN1_OCTET_STRING>?,
        operation: String
    ) throws(OpenSSLError) -> KeyIdentifier? {
        guard let string else { return nil }
        let bytes = bytes(of: string)
        guard let identifier = KeyIdentifier(bytes) else {
            throw OpenSSLError(operation, because: "expected a key identifier of 20 bytes, got \(bytes.count)")
        }
        return identifier
    }

    /// The decoded value of an extension; nil when it is absent.
    ///
    /// - Parameter decode: `X509_get_ext_d2i` or its like, which answers why there is no value: -1 absent, -2 repeated.
    /// - Throws: `OpenSSLError` when the extension is malformed or stands there twice.
    static func `extension`(
        _ name: String,
        operation: String,
        decode: (UnsafeMutablePointer<Int32>) -> UnsafeMutableRawPointer?
    ) throws(OpenSSLError) -> UnsafeMutableRawPointer? {
        ERR_clear_error()
        var criticality: Int32 = 0
        if let value = decode(&criticality) { return value }
        switch criticality {
        case -1:
            ERR_clear_error()
            return nil
        case -2: throw OpenSSLError(operation, because: "extension `\(name)` stands there twice")
        default: throw OpenSSLError(operation, because: "extension `\(name)` is malformed")
        }
    }

    /// An object identifier as dotted text.
    static func dottedText(of object: OpaquePointer?) -> String {
        // 128 characters hold every identifier in use; a longer one is cut and then equals none that is known.
        var buffer = [CChar](repeating: 0, count: 128)
        let count = OBJ_obj2txt(&buffer, Int32(buffer.count), object, 1)
        let kept = min(max(0, Int(count)), buffer.count - 1)
        return String(decoding: buffer.prefix(kept).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Refuses what is not exactly one DER element, or whose extensions are not.
    static func requireDER(
        _ bytes: [UInt8],
        limit: Int,
        operation: String
    ) throws(OpenSSLError) {
        guard bytes.count <= limit else {
            throw OpenSSLError(operation, because: "expected at most \(limit) bytes, got \(bytes.count)")
        }
        guard DERForm.isOneElement(bytes, booleansDefaultToFalse: true) else {
            throw OpenSSLError(operation, because: "the \(bytes.count) bytes are not one DER element")
        }
    }

    /// Refuses extensions whose values are not DER.
    static func requireDERExtensions(
        count: Int32,
        operation: String,
        at extension: (Int32) -> OpaquePointer?
    ) throws(OpenSSLError) {
        for index in 0..<max(0, count) {
            guard let entry = `extension`(index), let value = X509_EXTENSION_get_data(entry),
                DERForm.isOneElement(bytes(of: value), booleansDefaultToFalse: true)
            else {
                throw OpenSSLError(operation, because: "the value of extension \(index) is not DER")
            }
        }
    }
}
