import COpenSSL

/// One PEM block (RFC 7468): a label and the bytes between its lines.
///
/// Headers inside a block (the old way to encrypt a key) are kept as text, so that a reader can refuse them.
package struct PEMBlock: Sendable {
    /// The label, e.g. `CERTIFICATE`.
    package let label: String
    /// The text of RFC 1421 headers; empty in every form that Entente writes.
    package let headers: String
    /// The decoded bytes.
    package let bytes: [UInt8]

    /// Every block of a text, in order; text around the blocks is skipped, as RFC 7468 section 2 allows.
    ///
    /// - Throws: `OpenSSLError` when a block is broken or there is none.
    package static func parse(_ text: [UInt8], operation: String) throws(OpenSSLError) -> [PEMBlock] {
        let bio = try MemoryBIO(text)
        var blocks: [PEMBlock] = []
        while let block = try next(from: bio, operation: operation) {
            blocks.append(block)
        }
        guard !blocks.isEmpty else {
            throw OpenSSLError(operation, because: "expected a PEM block, got none in \(text.count) bytes")
        }
        return blocks
    }

    private static func next(from bio: borrowing MemoryBIO, operation: String) throws(OpenSSLError) -> PEMBlock? {
        ERR_clear_error()
        var name: UnsafeMutablePointer<CChar>?
        var headers: UnsafeMutablePointer<CChar>?
        var data: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard PEM_read_bio(bio.pointer, &name, &headers, &data, &count) == 1, let name, let data else {
            let isEnd = shim_ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
            guard isEnd else { throw OpenSSLError(draining: operation) }
            ERR_clear_error()
            return nil
        }
        defer {
            shim_OPENSSL_free(name)
            shim_OPENSSL_free(headers)
            shim_OPENSSL_clear_free(data, count)
        }
        return PEMBlock(
            label: String(cString: name),
            headers: headers.map { String(cString: $0) } ?? "",
            bytes: [UInt8](UnsafeBufferPointer(start: data, count: count))
        )
    }

    /// The text of a block with this label and these bytes, 64 characters a line, ending with a newline.
    package static func text(label: String, bytes: [UInt8]) -> [UInt8] {
        let bytesPerLine = 48
        var text = Array("-----BEGIN \(label)-----\n".utf8)
        // 64 characters and the NUL that libcrypto writes after them.
        var line = [UInt8](repeating: 0, count: 65)
        for start in stride(from: 0, to: bytes.count, by: bytesPerLine) {
            let piece = Array(bytes[start..<min(start + bytesPerLine, bytes.count)])
            let count = EVP_EncodeBlock(&line, piece, Int32(piece.count))
            text += line.prefix(Int(count))
            text.append(UInt8(ascii: "\n"))
        }
        return text + Array("-----END \(label)-----\n".utf8)
    }
}
