import CanonicalEncoding
import OpenSSLCrypto
import Testing
import TransparencyLog

@Suite struct `A checkpoint` {
    static let emptyRoot = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    static let someRoot = "5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRo="

    @Test func `of the Go checksum database parses and prints again`() throws {
        let note = try SignedNote(parsing: bytes(GoChecksumDatabase.note))
        let checkpoint = try Checkpoint(parsing: note.text)
        #expect(checkpoint.origin.rawValue == "go.sum database tree")
        #expect(checkpoint.head.size == 65_209_736)
        #expect(Base64.encode(checkpoint.head.root.bytes) == Self.someRoot)
        #expect(checkpoint.extensionLines.isEmpty)
        #expect(checkpoint.text == note.text)
    }

    @Test func `of the empty log has size 0 and the hash of nothing`() throws {
        let checkpoint = Checkpoint(origin: try LogOrigin("gbr.example/node/gbr-1"), head: .empty)
        #expect(checkpoint.text == bytes("gbr.example/node/gbr-1\n0\n\(Self.emptyRoot)\n"))
        #expect(try Checkpoint(parsing: checkpoint.text) == checkpoint)
    }

    @Test func `keeps extension lines`() throws {
        let text = bytes("o\n9007199254740992\n\(Self.someRoot)\nfirst line\n\u{e9}\n")
        let checkpoint = try Checkpoint(parsing: text)
        #expect(checkpoint.head.size == Checkpoint.maximumSize)
        #expect(checkpoint.extensionLines == ["first line", "\u{e9}"])
        #expect(checkpoint.text == text)
        let made = try Checkpoint(
            origin: checkpoint.origin,
            head: checkpoint.head,
            extensionLines: checkpoint.extensionLines
        )
        #expect(made == checkpoint)
        #expect(made != Checkpoint(origin: checkpoint.origin, head: checkpoint.head))
    }

    @Test(arguments: ["9007199254740993", "9223372036854775808", "18446744073709551615"])
    func `is not read of a tree that no store can hold`(size: String) {
        #expect(throws: CheckpointError.self) { try Checkpoint(parsing: bytes("o\n\(size)\n\(Self.someRoot)\n")) }
    }

    @Test(arguments: ["", "a\nb", "a\n", "\r", "a\tb", "\u{0}"])
    func `is not made with an extension line that a note may not have`(line: String) throws {
        let origin = try LogOrigin("o")
        #expect(throws: CheckpointError.self) {
            try Checkpoint(origin: origin, head: .empty, extensionLines: ["good", line])
        }
    }

    static let refusals: [(String, String)] = [
        ("no bytes", ""),
        ("two lines", "o\n1\n"),
        ("no final newline", "o\n1\n\(someRoot)"),
        ("an empty origin", "\n1\n\(someRoot)\n"),
        ("an empty line at the end", "o\n1\n\(someRoot)\n\n"),
        ("an empty extension line", "o\n1\n\(someRoot)\n\nx\n"),
        ("an empty line first", "\no\n1\n\(someRoot)\n"),
        ("no size", "o\n\n\(someRoot)\n"),
        ("a leading zero", "o\n01\n\(someRoot)\n"),
        ("two zeros", "o\n00\n\(emptyRoot)\n"),
        ("a sign", "o\n+1\n\(someRoot)\n"),
        ("a negative size", "o\n-1\n\(someRoot)\n"),
        ("a space before the size", "o\n 1\n\(someRoot)\n"),
        ("a hexadecimal size", "o\n0x1\n\(someRoot)\n"),
        ("digits of another script", "o\n\u{0661}\n\(someRoot)\n"),
        ("a size beyond 64 bits", "o\n18446744073709551616\n\(someRoot)\n"),
        ("a size far beyond 64 bits", "o\n\(String(repeating: "9", count: 400))\n\(someRoot)\n"),
        ("a short root", "o\n1\n5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvQ==\n"),
        ("a long root", "o\n1\n5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRoA\n"),
        ("an unpadded root", "o\n1\n\(someRoot.dropLast())\n"),
        ("a root with spare bits", "o\n1\n5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRp=\n"),
        ("a root in hexadecimal", "o\n1\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"),
        ("a carriage return", "o\r\n1\r\n\(someRoot)\r\n"),
        ("a control character in the origin", "o\tp\n1\n\(someRoot)\n"),
        ("a control character in an extension line", "o\n1\n\(someRoot)\na\u{1}\n"),
        ("another root at size 0", "o\n0\n\(someRoot)\n"),
        ("an overlong origin", String(repeating: "o", count: 256) + "\n1\n\(someRoot)\n"),
    ]

    @Test(arguments: refusals)
    func `is refused with`(fault: String, text: String) {
        #expect(throws: CheckpointError.self, "\(fault)") { try Checkpoint(parsing: bytes(text)) }
    }

    @Test func `of invalid UTF-8 is refused`() {
        #expect(throws: CheckpointError.malformed(reason: "expected valid UTF-8")) {
            try Checkpoint(parsing: [0xff] + bytes("\n1\n\(Self.someRoot)\n"))
        }
    }
}

@Suite struct `A log origin` {
    @Test(arguments: [
        "gbr.example/node/gbr-1", "go.sum database tree", "a+b", "\u{e9}", String(repeating: "o", count: 255),
    ])
    func `is any line of up to 255 bytes`(text: String) throws {
        #expect(try LogOrigin(text).rawValue == text)
    }

    @Test(arguments: ["", "\n", "a\n", "a\nb", "a\r", "\u{0}", "a\tb", String(repeating: "o", count: 256)])
    func `is refused when empty, overlong or with a control character`(text: String) {
        #expect(throws: CheckpointError.malformedOrigin(text)) { try LogOrigin(text) }
    }

    @Test func `differs from a canonically equivalent one`() throws {
        #expect(try LogOrigin("\u{e9}") != LogOrigin("e\u{301}"))
        #expect(try Set([LogOrigin("\u{e9}"), LogOrigin("e\u{301}")]).count == 2)
    }

    @Test func `names the key of its log unless it has a space or a plus`() throws {
        #expect(try NoteKeyName(LogOrigin("gbr.example/node/gbr-1")).rawValue == "gbr.example/node/gbr-1")
        #expect(throws: NoteError.malformedKeyName("a b")) { try NoteKeyName(LogOrigin("a b")) }
    }
}

@Suite struct `A signed checkpoint` {
    private let origin = "gbr.example/node/gbr-1"

    private func signer(_ name: String) throws -> NoteSigner {
        try NoteSigner(name: NoteKeyName(name), key: ed25519Key(seed: [UInt8](repeating: 7, count: 32)))
    }

    private func checkpoint() throws -> Checkpoint {
        let head = TreeHead(size: 3, root: MerkleTree.leafHash([1]))
        return Checkpoint(origin: try LogOrigin(origin), head: head)
    }

    @Test func `parses, prints again and verifies`() throws {
        let signer = try signer(origin)
        let signed = try SignedCheckpoint(signing: try checkpoint(), by: signer)
        let parsed = try SignedCheckpoint(parsing: signed.bytes)
        #expect(parsed == signed)
        #expect(try parsed.verify(by: signer.verifier) == checkpoint())
    }

    @Test func `is neither made nor accepted under the name of another log`() throws {
        let other = try signer("fra.example/node/fra-1")
        let checkpoint = try checkpoint()
        let mismatch = CheckpointError.keyNameMismatch(origin: checkpoint.origin, keyName: other.name)
        #expect(throws: mismatch) { try SignedCheckpoint(signing: checkpoint, by: other) }
        let forged = try SignedCheckpoint(parsing: try SignedNote(signing: checkpoint.text, by: other).bytes)
        #expect(throws: mismatch) { try forged.verify(by: other.verifier) }
        let own = try signer(origin).verifier
        #expect(throws: CheckpointError.note(.notSigned(by: own.name, keyID: own.keyID))) { try forged.verify(by: own) }
    }

    @Test func `by another key of the same name is not signed`() throws {
        let key = try ed25519Key(seed: [UInt8](repeating: 8, count: 32))
        let impostor = try NoteSigner(name: NoteKeyName(origin), key: key)
        let forged = try SignedCheckpoint(signing: try checkpoint(), by: impostor)
        let own = try signer(origin).verifier
        #expect(throws: CheckpointError.note(.notSigned(by: own.name, keyID: own.keyID))) { try forged.verify(by: own) }
    }

    @Test func `with any byte changed or cut is refused or not verified`() throws {
        let signer = try signer(origin)
        let original = try SignedCheckpoint(signing: try checkpoint(), by: signer).bytes
        for position in original.indices {
            #expect(throws: CheckpointError.self) { try SignedCheckpoint(parsing: Array(original[..<position])) }
            for change in [0x01, 0x02, 0x20, 0x80] as [UInt8] {
                var changed = original
                changed[position] ^= change
                #expect(throws: CheckpointError.self) {
                    try SignedCheckpoint(parsing: changed).verify(by: signer.verifier)
                }
            }
        }
    }

    @Test func `of a note that is no checkpoint is refused`() throws {
        let note = try SignedNote(signing: bytes("not a checkpoint\n"), by: try signer(origin))
        #expect(throws: CheckpointError.malformed(reason: "expected at least three lines, each ending in a newline")) {
            try SignedCheckpoint(parsing: note.bytes)
        }
    }
}
