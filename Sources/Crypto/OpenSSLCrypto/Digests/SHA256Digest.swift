/// A SHA-256 value (FIPS 180-4), stored inline.
///
/// Values are ordered as their bytes are.
public struct SHA256Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The length in bytes.
    public static let byteCount = 32

    // Four big-endian words: comparing them in turn compares the bytes, and the value needs no heap.
    @usableFromInline let word0: UInt64
    @usableFromInline let word1: UInt64
    @usableFromInline let word2: UInt64
    @usableFromInline let word3: UInt64

    /// The digest that these 32 bytes are; nil when there are more or fewer.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { buffer in
            let isCopied: Void? = bytes.withContiguousStorageIfAvailable { buffer.copyBytes(from: $0) }
            guard isCopied == nil else { return }
            for (offset, byte) in bytes.enumerated() where offset < Self.byteCount { buffer[offset] = byte }
        }
        self.init(nativeWords: words)
    }

    /// The digest that these 32 bytes are; nil when there are more or fewer.
    @inlinable
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(
            numbers: (
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
            )
        )
    }

    /// The digest whose bytes, eight at a time, are the digits of these numbers, the most significant first.
    @inlinable
    public init(numbers: (UInt64, UInt64, UInt64, UInt64)) {
        (word0, word1, word2, word3) = numbers
    }

    /// The digest that stands in memory as these words.
    init(nativeWords words: (UInt64, UInt64, UInt64, UInt64)) {
        self.init(
            numbers: (
                UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2),
                UInt64(bigEndian: words.3)
            )
        )
    }

    /// The words as they stand in memory when the bytes are laid out in order.
    @usableFromInline var nativeWords: (UInt64, UInt64, UInt64, UInt64) {
        (word0.bigEndian, word1.bigEndian, word2.bigEndian, word3.bigEndian)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        withUnsafeBytes { [UInt8]($0) }
    }

    /// Lends the 32 bytes without allocating.
    @inlinable
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Swift.withUnsafeBytes(of: nativeWords, body)
    }

    /// The bytes in lower-case hexadecimal.
    public var hex: String {
        HexText.lowercase(bytes)
    }

    public var description: String { hex }

    public static func < (left: SHA256Digest, right: SHA256Digest) -> Bool {
        (left.word0, left.word1, left.word2, left.word3) < (right.word0, right.word1, right.word2, right.word3)
    }
}
