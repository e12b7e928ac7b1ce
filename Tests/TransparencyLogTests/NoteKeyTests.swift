import CanonicalEncoding
import OpenSSLCrypto
import Testing
import TransparencyLog

@Suite struct `A key name` {
    @Test(arguments: [
        "a", "example.com/foo", "PeterNeumann", "\u{e9}t\u{e9}", "a\u{2014}b", "sum.golang.org", "\u{7f}",
    ])
    func `is any text without spaces, pluses and control characters`(text: String) throws {
        #expect(try NoteKeyName(text).rawValue == text)
    }

    @Test(arguments: [
        "", " ", "a b", "a+b", "+", "a\n", "\n", "a\tb", "a\r", "a\u{0}", "a\u{1f}b", "a\u{85}b", "a\u{a0}b",
        "a\u{2003}b",
        "a\u{2028}b", "a\u{2029}b", "a\u{202f}b", "a\u{205f}b", "a\u{3000}b", "a\u{1680}b",
    ])
    func `is refused with a Unicode space, a plus or a control character`(text: String) {
        #expect(throws: NoteError.malformedKeyName(text)) { try NoteKeyName(text) }
    }

    @Test func `differs from a canonically equivalent one`() throws {
        let composed = try NoteKeyName("\u{e9}")
        let decomposed = try NoteKeyName("e\u{301}")
        #expect(composed.rawValue == decomposed.rawValue)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }
}

@Suite struct `A verifier key` {
    @Test(arguments: [GoNoteVectors.peterKey, GoNoteVectors.enochKey, GoChecksumDatabase.key])
    func `of others parses and prints again`(text: String) throws {
        let verifier = try NoteVerifier(verifierKey: text)
        #expect(verifier.verifierKey == text)
        #expect("\(verifier.name)+\(verifier.keyID)" == text.split(separator: "+").prefix(2).joined(separator: "+"))
    }

    @Test func `of a private key is the published one`() throws {
        #expect(try GoNoteVectors.signer().verifier.verifierKey == GoNoteVectors.peterKey)
    }

    @Test func `of a new key parses again`() throws {
        let key = try PrivateKey.generate(.ed25519)
        let verifier = try NoteSigner(name: NoteKeyName("gbr.example/node/gbr-1"), key: key).verifier
        #expect(try NoteVerifier(verifierKey: verifier.verifierKey) == verifier)
    }

    @Test func `cut anywhere is refused`() {
        let characters = Array(GoNoteVectors.peterKey.utf8)
        for start in 0...characters.count {
            for end in start...characters.count where (start, end) != (0, characters.count) {
                let text = String(decoding: characters[start..<end], as: UTF8.self)
                #expect(throws: NoteError.self) { try NoteVerifier(verifierKey: text) }
            }
        }
    }

    @Test func `with any character changed is refused`() {
        let characters = Array(GoNoteVectors.peterKey.utf8)
        for position in characters.indices {
            for replacement in UInt8(0)..<0x80 where replacement != characters[position] {
                var changed = characters
                changed[position] = replacement
                let text = String(decoding: changed, as: UTF8.self)
                #expect(throws: NoteError.self) { try NoteVerifier(verifierKey: text) }
            }
        }
    }

    static let refusals: [(String, NoteError)] = [
        // The wrong length and the unknown type of the Go tests, with the key IDs that belong to them.
        (
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
            .malformedVerifierKey(
                reason: "expected base 64 with padding, got `ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==`"
            )
        ),
        ("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .unsupportedSignatureType(0x65)),
        // A cosignature key, which verifies no note of its own.
        ("PeterNeumann+c74f20a3+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .unsupportedSignatureType(4)),
        (
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWAA==",
            .malformedVerifierKey(reason: "expected an Ed25519 key of 32 bytes, got 33")
        ),
        (
            "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            .malformedVerifierKey(reason: "expected a key ID of 8 lower-case hexadecimal digits, got `C74F20A3`")
        ),
        (
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            .keyIDMismatch(expected: NoteKeyID(rawValue: 0xc74f_20a3), got: NoteKeyID(rawValue: 0xc74f_20a4))
        ),
        ("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .malformedKeyName("")),
    ]

    @Test(arguments: refusals)
    func `is refused for its own reason`(text: String, error: NoteError) {
        #expect(throws: error) { try NoteVerifier(verifierKey: text) }
    }

    @Test func `longer than any key is refused`() {
        let text = String(repeating: "a", count: 1_000) + GoNoteVectors.peterKey
        #expect(throws: NoteError.self) { try NoteVerifier(verifierKey: text) }
    }

    @Test(arguments: [KeyAlgorithm.p256, .p384])
    func `is made of an Ed25519 key only`(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let name = try NoteKeyName("a")
        #expect(throws: NoteError.unsupportedKeyAlgorithm(algorithm.rawValue)) { try NoteSigner(name: name, key: key) }
    }

    @Test func `has another ID for another signature type`() throws {
        // 0xc74f20a3 is published; the other is SHA-256("PeterNeumann\n" || 0x04 || key), truncated.
        let name = try NoteKeyName("PeterNeumann")
        let key = try #require(try GoNoteVectors.verifier(GoNoteVectors.peterKey).publicKey.rawEd25519)
        let digest = SHA256Digest.hash(bytes("PeterNeumann\n") + [4] + key)
        #expect(NoteKeyID(name: name, type: .ed25519, publicKey: key).rawValue == 0xc74f_20a3)
        #expect(NoteKeyID(name: name, type: .cosignatureV1, publicKey: key).description == String(digest.hex.prefix(8)))
    }
}
