public import OpenSSLCrypto

/// The content of a tile as it is stored and served: its hashes, one after the other (C2SP tlog-tiles, "Merkle Tree").
public enum TileBytes {
    /// The bytes of a tile: 32 for each hash.
    public static func encode(_ hashes: [SHA256Digest]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * SHA256Digest.byteCount)
        for hash in hashes {
            hash.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// The hashes of a tile: 1 to 256 of them.
    ///
    /// - Throws: ``TileError/malformedBytes(count:)``
    public static func decode(_ bytes: [UInt8]) throws(TileError) -> [SHA256Digest] {
        let length = SHA256Digest.byteCount
        guard !bytes.isEmpty, bytes.count.isMultiple(of: length), bytes.count / length <= TileCoordinate.fullWidth
        else {
            throw .malformedBytes(count: bytes.count)
        }
        var hashes: [SHA256Digest] = []
        hashes.reserveCapacity(bytes.count / length)
        for start in stride(from: 0, to: bytes.count, by: length) {
            guard let hash = SHA256Digest(bytes[start..<start + length]) else {
                throw .malformedBytes(count: bytes.count)
            }
            hashes.append(hash)
        }
        return hashes
    }
}
