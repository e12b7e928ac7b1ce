import CanonicalEncoding

/// One signature line of a note (C2SP signed-note, "Format").
public struct NoteSignature: Hashable, Sendable {
    /// Who claims to have signed.
    public let name: NoteKeyName
    /// With which key.
    public let keyID: NoteKeyID
    /// The bytes after the key ID; their form is that of the key's signature type. Never empty.
    public let signature: [UInt8]

    /// A signature line as made or claimed.
    ///
    /// - Precondition: `signature` is not empty.
    public init(name: NoteKeyName, keyID: NoteKeyID, signature: [UInt8]) {
        precondition(!signature.isEmpty, "a signature has at least one byte")
        self.name = name
        self.keyID = keyID
        self.signature = signature
    }

    static let prefix = Array("\u{2014} ".utf8)

    /// The signature that a line, given without its newline, spells.
    init(line: ArraySlice<UInt8>) throws(NoteError) {
        guard line.starts(with: Self.prefix) else {
            throw .malformedNote(reason: "expected a signature line that begins with an em dash and a space")
        }
        let fields = line.dropFirst(Self.prefix.count)
            .split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard fields.count == 2, let text = String(validating: fields[0], as: UTF8.self) else {
            throw .malformedNote(reason: "expected a signature line of two fields, a key name and base 64")
        }
        let name = try NoteKeyName(text)
        guard let bytes = Base64.decode(String(decoding: fields[1], as: UTF8.self)), bytes.count > 4 else {
            throw .malformedNote(reason: "expected the signature by `\(name)` to be base 64 of more than four bytes")
        }
        self.init(name: name, keyID: NoteKeyID(bytes: bytes), signature: Array(bytes.dropFirst(4)))
    }

    /// The line with its newline.
    var line: [UInt8] {
        Self.prefix + Array("\(name) \(Base64.encode(keyID.bytes + signature))\n".utf8)
    }
}
