import CanonicalEncoding
import OpenSSLCrypto
import Testing
import TransparencyLog

/// The keys and the note of the tests of `golang.org/x/mod/sumdb/note` (`note_test.go`, Copyright 2019 The Go Authors,
/// BSD 3-clause licence).
enum GoNoteVectors {
    static let peterKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    static let enochKey = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
    /// The private half of `peterKey`: the type byte and the seed, in base 64.
    static let peterSeed = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    static let text =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    static let peterLine =
        "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    static let enochLine =
        "\u{2014} EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

    static func verifier(_ key: String) throws -> NoteVerifier { try NoteVerifier(verifierKey: key) }

    static func signer() throws -> NoteSigner {
        let seed = try #require(Base64.decode(peterSeed)).dropFirst()
        return try NoteSigner(name: NoteKeyName("PeterNeumann"), key: ed25519Key(seed: Array(seed)))
    }
}

/// A checkpoint of the Go checksum database, as served by sum.golang.org, and the key of that log, as in the source of
/// the `go` command (`cmd/go/internal/modfetch/key.go`, Copyright The Go Authors, BSD 3-clause licence).
enum GoChecksumDatabase {
    static let key = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    static let note = """
        go.sum database tree
        65209736
        5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRo=

        \u{2014} sum.golang.org Az3grnbssgK7ubgFX36gVETtNv0U23qxyAhAMai2QUfeGa3nB/akvkMdlUErfcZz7l/R3cVtYspg3dxXABkGZZKdsQ8=

        """
}

/// The private key of an Ed25519 seed, through the PKCS#8 form of RFC 8410 section 7.
func ed25519Key(seed: [UInt8]) throws -> PrivateKey {
    let header: [UInt8] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
    let text = "-----BEGIN PRIVATE KEY-----\n\(Base64.encode(header + seed))\n-----END PRIVATE KEY-----\n"
    return try PrivateKey(pem: Array(text.utf8))
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
