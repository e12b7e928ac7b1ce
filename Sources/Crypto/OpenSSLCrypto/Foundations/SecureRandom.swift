import COpenSSL

/// Randomness from libcrypto's generator, which the operating system seeds.
public enum SecureRandom {
    /// This many unpredictable bytes.
    ///
    /// - Throws: `OpenSSLError` when the generator cannot be seeded; there is no fallback.
    public static func bytes(_ count: Int) throws(OpenSSLError) -> [UInt8] {
        precondition(count >= 0, "a count of bytes is never negative: \(count)")
        guard count > 0 else { return [] }
        ERR_clear_error()
        var status: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            status = RAND_bytes_ex(nil, buffer.baseAddress, count, 0)
            if status != 1 { buffer.initialize(repeating: 0) }
            initialized = count
        }
        guard status == 1 else { throw OpenSSLError(draining: "make random bytes") }
        return bytes
    }
}
