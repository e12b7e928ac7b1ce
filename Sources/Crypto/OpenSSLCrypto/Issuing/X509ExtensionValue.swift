import COpenSSL

/// One extension to be written: its number in libcrypto, whether a reader must understand it, and its DER value.
struct X509ExtensionValue {
    let nid: Int32
    let isCritical: Bool
    let der: [UInt8]

    /// The extensions of a template's certificate, in the order in which RFC 5280 describes them.
    ///
    /// - Parameter authority: the identifier of the issuer's key.
    static func extensions(
        of template: CertificateTemplate,
        authority: KeyIdentifier
    ) throws(OpenSSLError) -> [X509ExtensionValue] {
        var extensions = [authorityKeyIdentifier(authority), subjectKeyIdentifier(template.publicKey.keyIdentifier)]
        if !template.keyUsage.isEmpty {
            extensions.append(.init(nid: NID_key_usage, isCritical: true, der: template.keyUsage.der))
        }
        if !template.uris.isEmpty || !template.dnsNames.isEmpty {
            extensions.append(subjectAlternativeName(uris: template.uris, dnsNames: template.dnsNames))
        }
        extensions.append(basicConstraints(template))
        if !template.permittedURIHosts.isEmpty {
            extensions.append(nameConstraints(permittedURIHosts: template.permittedURIHosts))
        }
        if !template.extendedKeyUsage.isEmpty {
            extensions.append(try extendedKeyUsage(template.extendedKeyUsage))
        }
        return extensions
    }

    static func authorityKeyIdentifier(_ identifier: KeyIdentifier) -> X509ExtensionValue {
        let der = DERWriter.sequence(DERWriter.element(tag: 0x80, identifier.bytes))
        return .init(nid: NID_authority_key_identifier, isCritical: false, der: der)
    }

    private static func subjectKeyIdentifier(_ identifier: KeyIdentifier) -> X509ExtensionValue {
        let der = DERWriter.element(tag: 0x04, identifier.bytes)
        return .init(nid: NID_subject_key_identifier, isCritical: false, der: der)
    }

    private static func subjectAlternativeName(uris: [String], dnsNames: [String]) -> X509ExtensionValue {
        let names =
            uris.flatMap { DERWriter.element(tag: 0x86, Array($0.utf8)) }
            + dnsNames.flatMap { DERWriter.element(tag: 0x82, Array($0.utf8)) }
        return .init(nid: NID_subject_alt_name, isCritical: false, der: DERWriter.sequence(names))
    }

    private static func basicConstraints(_ template: CertificateTemplate) -> X509ExtensionValue {
        var contents: [UInt8] = []
        if template.isCertificateAuthority {
            contents += DERWriter.element(tag: 0x01, [0xff])
            if let limit = template.pathLength { contents += DERWriter.unsignedInteger(limit) }
        }
        return .init(nid: NID_basic_constraints, isCritical: true, der: DERWriter.sequence(contents))
    }

    private static func nameConstraints(permittedURIHosts hosts: [String]) -> X509ExtensionValue {
        let subtrees = hosts.flatMap { DERWriter.sequence(DERWriter.element(tag: 0x86, Array($0.utf8))) }
        let der = DERWriter.sequence(DERWriter.element(tag: 0xa0, subtrees))
        return .init(nid: NID_name_constraints, isCritical: true, der: der)
    }

    private static func extendedKeyUsage(_ usages: [ExtendedKeyUsage]) throws(OpenSSLError) -> X509ExtensionValue {
        var contents: [UInt8] = []
        for usage in usages {
            let operation = "encode purpose `\(usage.rawValue)`"
            let object = try makeOpenSSL(operation) { OBJ_txt2obj(usage.rawValue, 1) }
            defer { ASN1_OBJECT_free(object) }
            contents += try DERCoding.encode(operation) { i2d_ASN1_OBJECT(object, $0) }
        }
        return .init(nid: NID_ext_key_usage, isCritical: false, der: DERWriter.sequence(contents))
    }

    /// Runs `body` with the extension as libcrypto's object, which is freed afterwards.
    func withObject(_ body: (OpaquePointer) -> Int32) throws(OpenSSLError) {
        let operation = "add extension `\(OBJ_nid2sn(nid).map { String(cString: $0) } ?? String(nid))`"
        let value = try makeOpenSSL(operation) { ASN1_OCTET_STRING_new() }
        defer { ASN1_OCTET_STRING_free(value) }
        try callOpenSSL(operation) { ASN1_OCTET_STRING_set(value, der, Int32(der.count)) }
        let object = try makeOpenSSL(operation) { X509_EXTENSION_create_by_NID(nil, nid, isCritical ? 1 : 0, value) }
        defer { X509_EXTENSION_free(object) }
        try callOpenSSL(operation) { body(object) }
    }
}

extension DERWriter {
    /// An INTEGER that is not negative.
    static func unsignedInteger(_ number: some BinaryInteger) -> [UInt8] {
        precondition(number >= 0, "a negative number where none belongs: \(number)")
        var digits: [UInt8] = []
        var rest = UInt64(number)
        while rest > 0 {
            digits.insert(UInt8(rest & 0xff), at: 0)
            rest >>= 8
        }
        return unsignedInteger(digits)
    }
}
