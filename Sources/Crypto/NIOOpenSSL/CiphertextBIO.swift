import COpenSSL
import NIOCore

/// A memory BIO: the bytes between OpenSSL and the network in one direction.
///
/// The `SSL` object that the BIO is given to owns and frees it.
struct CiphertextBIO {
    let pointer: OpaquePointer

    /// Nil when memory is exhausted.
    init?() {
        guard let pointer = BIO_new(BIO_s_mem()) else { return nil }
        self.pointer = pointer
        // An empty BIO means "nothing yet", not the end of the stream.
        _ = shim_BIO_set_mem_eof_return(pointer, -1)
    }

    var readableBytes: Int { BIO_ctrl_pending(self.pointer) }

    /// Appends bytes that came from the network. Returns false when memory is exhausted.
    func append(_ buffer: ByteBuffer) -> Bool {
        buffer.withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress, bytes.count > 0 else { return true }
            var written = 0
            return BIO_write_ex(self.pointer, base, bytes.count, &written) == 1 && written == bytes.count
        }
    }

    /// Moves all bytes that wait for the network into a new buffer; nil when there are none.
    func take(allocator: ByteBufferAllocator) -> ByteBuffer? {
        let count = self.readableBytes
        guard count > 0 else { return nil }
        var buffer = allocator.buffer(capacity: count)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            var read = 0
            guard BIO_read_ex(self.pointer, target.baseAddress, count, &read) == 1 else { return 0 }
            return read
        }
        return buffer
    }
}
