import COpenSSL

/// SHA-256 over input that arrives in pieces.
public struct SHA256Hasher: ~Copyable {
    private let context: OpaquePointer

    /// A hasher without input yet.
    public init() {
        context = SHA256Context.make()
        SHA256Context.start(context)
    }

    /// Adds bytes to the input.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Adds bytes to the input.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "SHA-256 refused input")
    }

    /// The digest of all input; the hasher is spent.
    public consuming func finalize() -> SHA256Digest {
        SHA256Context.finish(context)
    }

    deinit {
        EVP_MD_CTX_free(context)
    }
}
