import COpenSSL

/// The names of a certificate's holder in its subjectAltName (RFC 5280 section 4.2.1.6).
struct AlternativeNames: Sendable {
    let uris: [String]
    let dnsNames: [String]

    /// Reads the extension; both lists are empty when it is absent.
    ///
    /// - Throws: `OpenSSLError` when it is malformed, empty, or a URI, DNS name or mail address has anything but printable ASCII in it:
    ///   an embedded NUL would let two readers see two names.
    init(of certificate: OpaquePointer, operation: String) throws(OpenSSLError) {
        let value = try X509Reading.extension("subjectAltName", operation: operation) {
            X509_get_ext_d2i(certificate, NID_subject_alt_name, $0, nil)
        }
        guard let value else {
            uris = []
            dnsNames = []
            return
        }
        let stack = OpaquePointer(value)
        defer { shim_GENERAL_NAMES_free(stack) }
        let count = shim_sk_GENERAL_NAME_num(stack)
        guard count > 0 else { throw OpenSSLError(operation, because: "extension `subjectAltName` is empty") }
        var uris: [String] = []
        var dnsNames: [String] = []
        for index in 0..<count {
            guard let name = shim_sk_GENERAL_NAME_value(stack, index) else {
                throw OpenSSLError(operation, because: "extension `subjectAltName` is malformed")
            }
            guard let string = shim_GENERAL_NAME_string(name) else { continue }
            let text = try Self.printableText(X509Reading.bytes(of: string), operation: operation)
            switch name.pointee.type {
            case GEN_URI: uris.append(text)
            case GEN_DNS: dnsNames.append(text)
            default: continue
            }
        }
        self.uris = uris
        self.dnsNames = dnsNames
    }

    /// The text of a name that is printable ASCII without blanks, and not empty.
    static func printableText(_ bytes: [UInt8], operation: String) throws(OpenSSLError) -> String {
        guard !bytes.isEmpty, bytes.allSatisfy({ 0x21...0x7e ~= $0 }) else {
            throw OpenSSLError(
                operation,
                because: "expected a name of printable ASCII characters, got \(bytes.count) bytes with others"
            )
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
