import COpenSSL

extension SHA256Digest {
    /// The SHA-256 of these bytes.
    public static func hash(_ bytes: [UInt8]) -> SHA256Digest {
        SHA256Context.digest { EVP_DigestUpdate($0, bytes, bytes.count) }
    }

    /// The SHA-256 of `prefix` and the bytes of both digests: a node of a Merkle tree (RFC 6962 section 2.1).
    ///
    /// Allocates nothing.
    public static func hash(_ left: SHA256Digest, _ right: SHA256Digest, prefix: UInt8) -> SHA256Digest {
        // One update of 65 bytes is cheaper than three.
        withUnsafeTemporaryAllocation(byteCount: 65, alignment: 8) { buffer in
            buffer[0] = prefix
            buffer.storeBytes(of: left.nativeWords, toByteOffset: 1, as: (UInt64, UInt64, UInt64, UInt64).self)
            buffer.storeBytes(of: right.nativeWords, toByteOffset: 33, as: (UInt64, UInt64, UInt64, UInt64).self)
            return SHA256Context.digest { EVP_DigestUpdate($0, buffer.baseAddress, 65) }
        }
    }

    /// The SHA-256 of `prefix` and these bytes: a leaf of a Merkle tree (RFC 6962 section 2.1).
    public static func hash(prefix: UInt8, _ bytes: [UInt8]) -> SHA256Digest {
        var prefix = prefix
        return SHA256Context.digest { context in
            guard EVP_DigestUpdate(context, &prefix, 1) == 1 else { return 0 }
            return EVP_DigestUpdate(context, bytes, bytes.count)
        }
    }

    /// The SHA-256 of `prefix` and the bytes that stand there: a leaf of a Merkle tree that is not copied to be hashed.
    public static func hash(prefix: UInt8, _ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        var prefix = prefix
        return SHA256Context.digest { context in
            guard EVP_DigestUpdate(context, &prefix, 1) == 1 else { return 0 }
            return EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        }
    }

    /// The SHA-256 of the bytes that stand in the first place followed by those in the second.
    public static func hash(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> SHA256Digest {
        SHA256Context.digest { context in
            guard EVP_DigestUpdate(context, first.baseAddress, first.count) == 1 else { return 0 }
            return EVP_DigestUpdate(context, second.baseAddress, second.count)
        }
    }
}
