import COpenSSL

/// A memory BIO that lives as long as this value.
package struct MemoryBIO: ~Copyable {
    /// The `BIO *`; valid as long as this value.
    package let pointer: OpaquePointer

    /// An empty one, for OpenSSL to write to.
    package init() throws(OpenSSLError) {
        pointer = try makeOpenSSL("make memory buffer") { BIO_new(BIO_s_mem()) }
    }

    /// One that holds a copy of these bytes, for OpenSSL to read.
    package init(_ bytes: [UInt8]) throws(OpenSSLError) {
        let bio = try makeOpenSSL("make memory buffer") { BIO_new(BIO_s_mem()) }
        var written = 0
        let status = bytes.withUnsafeBytes { BIO_write_ex(bio, $0.baseAddress, $0.count, &written) }
        guard bytes.isEmpty || status == 1, written == bytes.count else {
            BIO_free_all(bio)
            throw OpenSSLError(draining: "fill memory buffer")
        }
        pointer = bio
    }

    /// Everything written and not yet read; the BIO keeps it.
    package var bytes: [UInt8] {
        var data: UnsafeMutablePointer<CChar>?
        let count = shim_BIO_get_mem_data(pointer, &data)
        guard count > 0, let data else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: data, count: count))
    }

    deinit {
        BIO_free_all(pointer)
    }
}
