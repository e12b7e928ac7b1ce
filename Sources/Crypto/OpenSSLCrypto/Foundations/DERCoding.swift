import COpenSSL

/// DER in and out of libcrypto's `d2i_` and `i2d_` functions.
package enum DERCoding {
    /// The DER that an `i2d_` function writes.
    ///
    /// The function is called twice: without a buffer for the length, then with one.
    package static func encode(
        _ operation: String,
        _ write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
    ) throws(OpenSSLError) -> [UInt8] {
        let count = Int(try callOpenSSL(operation) { write(nil) })
        var written: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            var cursor = buffer.baseAddress
            written = write(&cursor)
            initialized = max(0, min(count, Int(written)))
        }
        guard written == count else { throw OpenSSLError(draining: operation) }
        return bytes
    }

    /// The object that a `d2i_` function makes of exactly these bytes.
    ///
    /// - Throws: `OpenSSLError` when the bytes do not parse or when any are left over.
    package static func decode(
        _ operation: String,
        _ bytes: [UInt8],
        free: (OpaquePointer) -> Void,
        _ read: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> OpaquePointer?
    ) throws(OpenSSLError) -> OpaquePointer {
        ERR_clear_error()
        var rest = 0
        let object = bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            guard let start = buffer.baseAddress else { return nil }
            var cursor: UnsafePointer<UInt8>? = start
            let object = read(&cursor, buffer.count)
            if let cursor { rest = buffer.count - (cursor - start) }
            return object
        }
        guard let object else {
            throw bytes.isEmpty
                ? OpenSSLError(operation, because: "no bytes at all") : OpenSSLError(draining: operation)
        }
        guard rest == 0 else {
            free(object)
            throw OpenSSLError(operation, because: "\(rest) trailing bytes after \(bytes.count - rest)")
        }
        return object
    }
}
