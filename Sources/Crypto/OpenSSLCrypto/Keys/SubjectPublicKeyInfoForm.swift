import COpenSSL

/// The accepted shapes of a SubjectPublicKeyInfo, which are fixed headers before the key's own bytes.
///
/// RFC 5480 for the curves (named curve, uncompressed point) and RFC 8410 for Ed25519.
struct SubjectPublicKeyInfoForm {
    let algorithm: KeyAlgorithm
    /// The bits of the key, which its identifier is computed over.
    let subjectPublicKey: [UInt8]

    /// The form of these bytes; nil when it is none of the accepted ones.
    init?(_ bytes: [UInt8]) {
        for algorithm in KeyAlgorithm.allCases {
            let header = Self.header(of: algorithm)
            if bytes.count == algorithm.subjectPublicKeyInfoByteCount, bytes.starts(with: header) {
                self.algorithm = algorithm
                // The point's leading 0x04 (uncompressed) is part of the header, and of the bits.
                subjectPublicKey = Array(bytes.dropFirst(algorithm == .ed25519 ? header.count : header.count - 1))
                return
            }
        }
        return nil
    }

    /// Everything before the key's own bytes.
    static func header(of algorithm: KeyAlgorithm) -> [UInt8] {
        switch algorithm {
        case .p256:
            [
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
                0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
            ]
        case .p384:
            [
                0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
                0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
            ]
        case .ed25519: [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
        }
    }
}

extension SubjectPublicKeyInfoForm {
    /// libcrypto's object of the key, which the caller frees.
    ///
    /// The form is fixed, so that libcrypto gets the key's own bytes: its general decoders take ten times as long.
    ///
    /// - Throws: `OpenSSLError` when the point is not on the curve.
    func makeKey() throws(OpenSSLError) -> OpaquePointer {
        switch algorithm {
        case .p256: try makeKey(onCurve: "prime256v1")
        case .p384: try makeKey(onCurve: "secp384r1")
        case .ed25519:
            try makeOpenSSL("parse public key") {
                EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, subjectPublicKey, subjectPublicKey.count)
            }
        }
    }

    private func makeKey(onCurve name: String) throws(OpenSSLError) -> OpaquePointer {
        let operation = "parse public key"
        let context = try makeOpenSSL(operation) { EVP_PKEY_CTX_new_from_name(nil, "EC", nil) }
        defer { EVP_PKEY_CTX_free(context) }
        try callOpenSSL(operation) { EVP_PKEY_fromdata_init(context) }
        var key: OpaquePointer?
        // The parameters keep every pointer, names included, until the call returns.
        var curve = Array(name.utf8CString)
        var point = subjectPublicKey
        try callOpenSSL(operation) {
            OSSL_PKEY_PARAM_GROUP_NAME.withCString { groupName in
                OSSL_PKEY_PARAM_PUB_KEY.withCString { pointName in
                    curve.withUnsafeMutableBufferPointer { curve in
                        point.withUnsafeMutableBytes { point in
                            var parameters = [
                                OSSL_PARAM_construct_utf8_string(groupName, curve.baseAddress, 0),
                                OSSL_PARAM_construct_octet_string(pointName, point.baseAddress, point.count),
                                OSSL_PARAM_construct_end(),
                            ]
                            return EVP_PKEY_fromdata(context, &key, shim_EVP_PKEY_PUBLIC_KEY(), &parameters)
                        }
                    }
                }
            }
        }
        guard let key else { throw OpenSSLError(operation, because: "libcrypto gave no key") }
        return key
    }
}
