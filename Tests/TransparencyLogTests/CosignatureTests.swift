import CanonicalEncoding
import OpenSSLCrypto
import Testing

@testable import TransparencyLog

@Suite struct `A cosignature` {
    static let time: UInt64 = 1_679_315_147

    static func checkpoint(_ extensionLines: [String] = []) throws -> Checkpoint {
        try Checkpoint(
            origin: LogOrigin("gbr.example/node/gbr-1"),
            head: TreeHead(size: 3, root: MerkleTree.leafHash([1])),
            extensionLines: extensionLines
        )
    }

    static func signed(_ checkpoint: Checkpoint) throws -> SignedCheckpoint {
        try SignedCheckpoint(signing: checkpoint, by: LogKeys.log())
    }

    /// The checkpoint with a cosignature of the witness `w` added.
    static func cosigned(_ checkpoint: Checkpoint, at times: [UInt64] = [time]) throws -> SignedCheckpoint {
        let signed = try signed(checkpoint)
        let witness = try LogKeys.witness("w.example/w")
        let lines = try times.map { try witness.cosign(checkpoint, at: $0) }
        let note = try SignedNote(text: signed.note.text, signatures: signed.note.signatures + lines)
        return try SignedCheckpoint(parsing: note.bytes)
    }

    @Test(arguments: [[], ["an extension", "\u{e9}"]])
    func `covers its time and the whole checkpoint`(extensionLines: [String]) throws {
        let signed = try Self.cosigned(Self.checkpoint(extensionLines))
        #expect(try LogKeys.witness("w.example/w").verifier.verify(signed) == Self.time)
        try signed.verify(by: LogKeys.log().verifier)
    }

    @Test func `is over the message of the specification`() throws {
        let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        let message = Cosignature.message(try Checkpoint(parsing: bytes(text)), at: Self.time)
        #expect(message == bytes("cosignature/v1\ntime 1679315147\n" + text))
    }

    /// From `transparency-dev/formats` (`note/note_cosigv1_test.go`, Copyright 2023 The Go Authors, BSD 3-clause licence).
    @Test func `of others states its time`() throws {
        let base64 =
            "ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA=="
        let decoded = try #require(Base64.decode(base64))
        let line = NoteSignature(
            name: try NoteKeyName("w"),
            keyID: NoteKeyID(rawValue: 0x6468_46b9),
            signature: Array(decoded.dropFirst(4))
        )
        #expect(Cosignature(line)?.time == 1_727_964_367)
        // A signature over a note is no cosignature.
        let plain = try #require(
            Base64.decode(
                "eQjRQm6eSKzFoiYalgwCPXu2y3ijtg68is9M46JKxuZB+dRfTmeQeDBoXnvxZx2ugnkyV+MUMLXpWs1hPb/W/4xkNQY="
            )
        )
        let note = NoteSignature(
            name: try NoteKeyName("w"),
            keyID: NoteKeyID(rawValue: 0),
            signature: Array(plain.dropFirst(4))
        )
        #expect(Cosignature(note) == nil)
    }

    /// The key of a public witness, from the same file.
    @Test func `has keys in the text form of type 4`() throws {
        let text = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
        let key = try CosignatureVerifier(verifierKey: text)
        #expect(key.verifierKey == text)
        #expect(throws: NoteError.unsupportedSignatureType(4)) { try NoteVerifier(verifierKey: text) }
        #expect(throws: NoteError.unsupportedSignatureType(1, expected: .cosignatureV1)) {
            try CosignatureVerifier(verifierKey: GoNoteVectors.peterKey)
        }
        // The same key as a key of notes has another ID, so that neither passes for the other.
        let asNoteKey = try NoteVerifier(name: key.name, publicKey: key.publicKey)
        #expect(asNoteKey.keyID != key.keyID)
    }

    @Test func `with any bit changed is refused`() throws {
        let signed = try Self.cosigned(Self.checkpoint(["extension"]))
        let verifier = try LogKeys.witness("w.example/w").verifier
        let original = signed.bytes
        var refused = 0
        for position in original.indices {
            for bit in 0..<8 {
                var changed = original
                changed[position] ^= 1 << UInt8(bit)
                do {
                    let parsed = try SignedCheckpoint(parsing: changed)
                    // What is left untouched is what the witness signed; the log's own line is not part of it.
                    if try verifier.verify(parsed) == Self.time {
                        #expect(parsed.checkpoint == signed.checkpoint)
                        #expect(parsed.note.signatures.last == signed.note.signatures.last)
                    }
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > original.count * 4)
    }

    @Test func `is refused where a line of the witness does not verify, and the latest time counts`() throws {
        let verifier = try LogKeys.witness("w.example/w").verifier
        #expect(try verifier.verify(Self.cosigned(Self.checkpoint(), at: [7, 9, 8])) == 9)
        let signed = try Self.cosigned(Self.checkpoint())
        let bad = NoteSignature(name: verifier.name, keyID: verifier.keyID, signature: [UInt8](repeating: 0, count: 72))
        let note = try SignedNote(text: signed.note.text, signatures: signed.note.signatures + [bad])
        #expect(throws: NoteError.invalidSignature(by: verifier.name, keyID: verifier.keyID)) {
            try verifier.verify(SignedCheckpoint(parsing: note.bytes))
        }
        #expect(throws: NoteError.notSigned(by: verifier.name, keyID: verifier.keyID)) {
            try verifier.verify(Self.signed(Self.checkpoint()))
        }
        let other = try LogKeys.witness("other.example/w").verifier
        #expect(throws: NoteError.notSigned(by: other.name, keyID: other.keyID)) { try other.verify(signed) }
    }

    @Test func `states no time beyond what the specification allows`() throws {
        let witness = try LogKeys.witness("w.example/w")
        let checkpoint = try Self.checkpoint()
        #expect(throws: NoteError.self) { try witness.cosign(checkpoint, at: 1 << 63) }
        #expect(try witness.verifier.verify(Self.cosigned(checkpoint, at: [(1 << 63) - 1])) == (1 << 63) - 1)
        let beyond = NoteSignature(
            name: witness.verifier.name,
            keyID: witness.verifier.keyID,
            signature: [0x80] + [UInt8](repeating: 0, count: 71)
        )
        #expect(Cosignature(beyond) == nil)
    }
}
