import OpenSSLCrypto
import Testing

@Suite struct SHA256DigestTests {
    // FIPS 180-4 examples.
    static let vectors: [(String, String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ]

    @Test(arguments: vectors) func `known answers`(message: String, expected: String) {
        #expect(SHA256Digest.hash(Array(message.utf8)).hex == expected)
    }

    @Test(arguments: vectors) func `a message hashed in pieces gives the same digest`(
        message: String,
        expected: String
    ) {
        var hasher = SHA256Hasher()
        for byte in message.utf8 { hasher.update([byte]) }
        hasher.update([])
        #expect(hasher.finalize().hex == expected)
    }

    @Test func `a node is the hash of prefix and both children`() throws {
        let left = SHA256Digest.hash([1])
        let right = SHA256Digest.hash([2])
        #expect(SHA256Digest.hash(left, right, prefix: 1) == .hash([1] + left.bytes + right.bytes))
        #expect(SHA256Digest.hash(left, right, prefix: 1) != SHA256Digest.hash(right, left, prefix: 1))
    }

    @Test func `a leaf is the hash of prefix and entry`() {
        #expect(SHA256Digest.hash(prefix: 0, [7, 8]) == .hash([0, 7, 8]))
        #expect(SHA256Digest.hash(prefix: 0, []) == .hash([0]))
    }

    @Test(arguments: [0, 1, 31, 33, 64]) func `only 32 bytes are a digest`(count: Int) {
        #expect(SHA256Digest([UInt8](repeating: 0, count: count)) == nil)
    }

    @Test func `bytes round trip and order as bytes`() throws {
        var low = [UInt8](repeating: 0, count: 32)
        low[31] = 0xff
        var high = [UInt8](repeating: 0, count: 32)
        high[24] = 1
        let digests = try [#require(SHA256Digest(low)), #require(SHA256Digest(high[...]))]
        #expect(digests[0].bytes == low)
        #expect(digests[1].bytes == high)
        #expect(digests[0] < digests[1])
        #expect(low.lexicographicallyPrecedes(high))
    }

    @Test func `threads hash independently`() async {
        let expected = (0..<64).map { SHA256Digest.hash([UInt8($0)]) }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<2_000).allSatisfy { SHA256Digest.hash([UInt8($0 % 64)]) == expected[$0 % 64] }
                }
            }
            for await agrees in group { #expect(agrees) }
        }
    }
}
