import CanonicalEncoding
import OpenSSLCrypto
import Testing
import TransparencyLog

@Suite struct `A signed note` {
    typealias Vectors = GoNoteVectors

    @Test func `signed with a published key is the published note`() throws {
        let note = try SignedNote(signing: bytes(Vectors.text), by: try Vectors.signer())
        #expect(note.bytes == bytes(Vectors.text + "\n" + Vectors.peterLine))
    }

    @Test func `of others parses, prints again and verifies`() throws {
        let text = Vectors.text + "\n" + Vectors.peterLine + Vectors.enochLine
        let note = try SignedNote(parsing: bytes(text))
        #expect(note.bytes == bytes(text))
        #expect(note.text == bytes(Vectors.text))
        #expect(note.signatures.map(\.name.rawValue) == ["PeterNeumann", "EnochRoot"])
        #expect(note.signatures.map(\.keyID.rawValue) == [0xc74f_20a3, 0xaf0c_fe78])
        #expect(try SignedNote(text: note.text, signatures: note.signatures) == note)
        try note.verify(by: try Vectors.verifier(Vectors.peterKey))
        try note.verify(by: try Vectors.verifier(Vectors.enochKey))
    }

    @Test func `of the Go checksum database verifies`() throws {
        let note = try SignedNote(parsing: bytes(GoChecksumDatabase.note))
        try note.verify(by: try NoteVerifier(verifierKey: GoChecksumDatabase.key))
    }

    @Test func `without a line of the key is not signed by it`() throws {
        let note = try SignedNote(parsing: bytes(Vectors.text + "\n" + Vectors.peterLine))
        let enoch = try Vectors.verifier(Vectors.enochKey)
        #expect(throws: NoteError.notSigned(by: enoch.name, keyID: enoch.keyID)) { try note.verify(by: enoch) }
    }

    @Test func `keeps lines of unknown keys and ignores them`() throws {
        let peter = try Vectors.verifier(Vectors.peterKey)
        // The name of a known key with another ID, its ID under another name, and a signature of a type of the future.
        let sameName = NoteSignature(name: peter.name, keyID: NoteKeyID(rawValue: 7), signature: [1])
        let sameID = NoteSignature(name: try NoteKeyName("x"), keyID: peter.keyID, signature: [2, 3])
        let large = NoteSignature(
            name: try NoteKeyName("pq"),
            keyID: NoteKeyID(rawValue: .max),
            signature: [UInt8](repeating: 9, count: 5_000)
        )
        let signed = try SignedNote(parsing: bytes(Vectors.text + "\n" + Vectors.peterLine))
        let note = try SignedNote(text: signed.text, signatures: [sameName, sameID] + signed.signatures + [large])
        try note.verify(by: peter)
        #expect(try SignedNote(parsing: note.bytes).signatures == [sameName, sameID] + signed.signatures + [large])
        let unsigned = try SignedNote(text: signed.text, signatures: [sameName, sameID, large])
        #expect(throws: NoteError.notSigned(by: peter.name, keyID: peter.keyID)) { try unsigned.verify(by: peter) }
    }

    @Test func `with a good and a bad line of the same key is refused`() throws {
        let peter = try Vectors.verifier(Vectors.peterKey)
        let good = try SignedNote(parsing: bytes(Vectors.text + "\n" + Vectors.peterLine))
        let bad = NoteSignature(name: peter.name, keyID: peter.keyID, signature: [UInt8](repeating: 0, count: 64))
        for signatures in [good.signatures + [bad], [bad] + good.signatures, [bad]] {
            let note = try SignedNote(text: good.text, signatures: signatures)
            #expect(throws: NoteError.invalidSignature(by: peter.name, keyID: peter.keyID)) {
                try note.verify(by: peter)
            }
        }
        try SignedNote(text: good.text, signatures: good.signatures + good.signatures).verify(by: peter)
    }

    @Test func `with any byte changed or cut is refused or not verified`() throws {
        let peter = try Vectors.verifier(Vectors.peterKey)
        let original = bytes(Vectors.text + "\n" + Vectors.peterLine)
        for position in original.indices {
            #expect(throws: NoteError.self) { try SignedNote(parsing: Array(original[..<position])) }
            for change in [0x01, 0x20, 0x80] as [UInt8] {
                var changed = original
                changed[position] ^= change
                #expect(throws: NoteError.self) { try SignedNote(parsing: changed).verify(by: peter) }
            }
        }
    }

    @Test func `that parses prints as the same bytes`() {
        var numbers = RepeatableNumbers(seed: 5)
        let original = bytes(Vectors.text + "\n" + Vectors.peterLine + Vectors.enochLine)
        let alphabet = bytes("\n\n \u{2014}+=Aa0\u{e9}")
        var accepted = 0
        for _ in 0..<4_000 {
            var changed = original
            for _ in 0..<Int.random(in: 1...3, using: &numbers) {
                let position = Int.random(in: changed.indices, using: &numbers)
                switch Int.random(in: 0..<3, using: &numbers) {
                case 0: changed[position] = alphabet.randomElement(using: &numbers) ?? 0
                case 1: changed.remove(at: position)
                default: changed.insert(alphabet.randomElement(using: &numbers) ?? 0, at: position)
                }
            }
            if let note = try? SignedNote(parsing: changed) {
                accepted += 1
                #expect(note.bytes == changed)
                #expect((try? SignedNote(text: note.text, signatures: note.signatures))?.bytes == changed)
            }
        }
        #expect(accepted > 100)
    }

    @Test(arguments: ["\n", "a\n", "\n\n", "a\n\nb\n", "a\n\n", "\u{2014} a b\n\n\u{2014} c\n", "\u{e9}\u{7f}\n"])
    func `may have empty lines in its text`(text: String) throws {
        let note = try SignedNote(signing: bytes(text), by: try Vectors.signer())
        let parsed = try SignedNote(parsing: note.bytes)
        #expect(parsed.text == bytes(text))
        try parsed.verify(by: try Vectors.verifier(Vectors.peterKey))
    }

    static let refusedTexts =
        ["", "a", "\nb", "a\r\n", "a\u{0}\n", "a\tb\n", "a\u{1f}\n"].map { bytes($0) } + [[0xff, 0x0a]]

    @Test(arguments: refusedTexts)
    func `is not made of a text that no note may have`(text: [UInt8]) throws {
        let signer = try Vectors.signer()
        #expect(throws: NoteError.self) { try SignedNote(signing: text, by: signer) }
    }

    static let refusals: [(String, String)] = [
        ("no bytes", ""),
        ("no signature block", Vectors.text),
        ("an empty signature block", Vectors.text + "\n"),
        ("no final newline", Vectors.text + "\n" + String(Vectors.peterLine.dropLast())),
        ("no text", "\n" + Vectors.peterLine),
        ("no empty line", Vectors.text + Vectors.peterLine),
        ("a control character", "\u{1}" + Vectors.text + "\n" + Vectors.peterLine),
        ("carriage returns", Vectors.text + "\r\n" + Vectors.peterLine),
        ("a line that is no signature", Vectors.text + "\n" + Vectors.peterLine + "Unexpected line.\n"),
        ("an empty line at the end", Vectors.text + "\n" + Vectors.peterLine + "\n"),
        ("a hyphen for the dash", Vectors.text + "\n- PeterNeumann x08go/ZJ\n"),
        ("an en dash for the dash", Vectors.text + "\n\u{2013} PeterNeumann x08go/ZJ\n"),
        ("no space after the dash", Vectors.text + "\n\u{2014}PeterNeumann x08go/ZJ\n"),
        ("a space in the name", Vectors.text + "\n\u{2014} Bad Name x08go/ZJ\n"),
        ("a no-break space in the name", Vectors.text + "\n\u{2014} Bad\u{a0}Name x08go/ZJ\n"),
        ("a plus in the name", Vectors.text + "\n\u{2014} Bad+Name x08go/ZJ\n"),
        ("no name", Vectors.text + "\n\u{2014}  x08go/ZJ\n"),
        ("two spaces", Vectors.text + "\n\u{2014} PeterNeumann  x08go/ZJ\n"),
        ("a space at the end of the line", Vectors.text + "\n\u{2014} PeterNeumann x08go/ZJ \n"),
        ("no signature", Vectors.text + "\n\u{2014} PeterNeumann \n"),
        ("a name alone", Vectors.text + "\n\u{2014} PeterNeumann\n"),
        ("a key ID without a signature", Vectors.text + "\n\u{2014} PeterNeumann x08gow==\n"),
        ("less than a key ID", Vectors.text + "\n\u{2014} PeterNeumann x08g\n"),
        ("base 64 without padding", Vectors.text + "\n\u{2014} PeterNeumann x08go/ZJkg\n"),
        ("base 64 with spare bits", Vectors.text + "\n\u{2014} PeterNeumann x08go/ZJkh==\n"),
        ("base 64 of the other alphabet", Vectors.text + "\n\u{2014} PeterNeumann x08go_ZJ\n"),
    ]

    @Test(arguments: refusals)
    func `is refused with`(fault: String, text: String) {
        #expect(throws: NoteError.self, "\(fault)") { try SignedNote(parsing: bytes(text)) }
    }

    @Test(arguments: [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]] as [[UInt8]])
    func `is refused with invalid UTF-8`(invalid: [UInt8]) {
        #expect(throws: NoteError.malformedNote(reason: "expected valid UTF-8")) {
            try SignedNote(parsing: invalid + bytes(Vectors.text + "\n" + Vectors.peterLine))
        }
    }

    @Test func `has at most a hundred signatures and a bounded size`() throws {
        let line = Vectors.peterLine
        let head = Vectors.text + "\n"
        let note = try SignedNote(parsing: bytes(head + String(repeating: line, count: 100)))
        #expect(note.signatures.count == 100)
        #expect(throws: NoteError.malformedNote(reason: "expected 1 to 100 signature lines, got 101")) {
            try SignedNote(parsing: bytes(head + String(repeating: line, count: 101)))
        }
        let limit = SignedNote.maximumByteCount
        let filling = String(repeating: "a", count: limit - bytes("\n\n" + line).count)
        #expect(try SignedNote(parsing: bytes(filling + "\n\n" + line)).bytes.count == limit)
        #expect(throws: NoteError.noteTooLarge(maximum: limit, got: limit + 1)) {
            try SignedNote(parsing: bytes(filling + "a\n\n" + line))
        }
    }
}
