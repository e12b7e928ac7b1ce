package import CanonicalEncoding
package import OpenSSLCrypto

/// The erasable part of an audit entry: what is personal or sensitive, and the salt of its commitment.
///
/// The entry holds ``commitment`` only. With salt and bytes erased, the entry and every proof over it still hold and
/// nobody can test guesses about what was erased.
package struct AuditDetails: Hashable, Sendable {
    /// 32 random bytes.
    package let salt: [UInt8]
    /// Canonical JSON.
    package let bytes: [UInt8]

    package init(salt: [UInt8], bytes: [UInt8]) {
        self.salt = salt
        self.bytes = bytes
    }

    package init(salt: [UInt8], json: JSONValue) {
        self.init(salt: salt, bytes: json.canonicalBytes)
    }

    /// SHA-256 of the salt followed by the bytes.
    package var commitment: SHA256Digest {
        salt.withUnsafeBytes { salt in bytes.withUnsafeBytes { SHA256Digest.hash(salt, $0) } }
    }
}
