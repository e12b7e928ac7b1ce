import OpenSSLCrypto

/// A text and the signatures under it, in the one accepted form (C2SP signed-note).
///
/// A value says nothing about the signatures: use the text only after ``verify(by:)``.
public struct SignedNote: Hashable, Sendable {
    /// The largest note accepted, in bytes: room for the signatures of many witnesses, post-quantum ones included.
    public static let maximumByteCount = 256 * 1024
    /// The largest number of signature lines accepted.
    public static let maximumSignatureCount = 100

    /// What is signed: UTF-8 without control characters other than newline, ending in a newline.
    public let text: [UInt8]
    /// The signature lines in their order, those of unknown keys and types included; at least one.
    public let signatures: [NoteSignature]
    /// The note as it is stored and sent.
    public let bytes: [UInt8]

    /// The note of this text with these signature lines, which are not verified.
    ///
    /// - Throws: ``NoteError/malformedNote(reason:)`` and ``NoteError/noteTooLarge(maximum:got:)``
    public init(text: [UInt8], signatures: [NoteSignature]) throws(NoteError) {
        guard text.last == Self.newline else { throw .malformedNote(reason: "expected the text to end in a newline") }
        let bytes = text + [Self.newline] + signatures.flatMap(\.line)
        try Self.checkCharacters(bytes)
        try Self.checkCount(signatures.count)
        self.text = text
        self.signatures = signatures
        self.bytes = bytes
    }

    /// The note that `bytes` spell; they encode again to the same bytes.
    ///
    /// - Throws: ``NoteError``
    public init(parsing bytes: [UInt8]) throws(NoteError) {
        try Self.checkCharacters(bytes)
        guard bytes.last == Self.newline else { throw .malformedNote(reason: "expected a newline at the end") }
        // The last empty line separates: the text itself may contain empty lines.
        guard
            let end = bytes.indices.dropLast().last(where: {
                bytes[$0] == Self.newline && bytes[$0 + 1] == Self.newline
            })
        else { throw .malformedNote(reason: "expected an empty line between text and signatures") }
        let lines = bytes[(end + 2)...].dropLast().split(separator: Self.newline, omittingEmptySubsequences: false)
        try Self.checkCount(lines.count)
        var signatures: [NoteSignature] = []
        for line in lines {
            signatures.append(try NoteSignature(line: line))
        }
        self.text = Array(bytes[...end])
        self.signatures = signatures
        self.bytes = bytes
    }

    /// The note with this text and one signature.
    ///
    /// - Throws: ``NoteError``
    public init(signing text: [UInt8], by signer: NoteSigner) throws(NoteError) {
        try self.init(text: text, signatures: [try signer.sign(text)])
    }

    /// Passes only if the key has signed this text: at least one line names it, and each that does verifies.
    ///
    /// Lines of other keys are ignored, even where they share the name or the key ID.
    ///
    /// - Throws: ``NoteError/notSigned(by:keyID:)`` and ``NoteError/invalidSignature(by:keyID:)``
    public func verify(by verifier: NoteVerifier) throws(NoteError) {
        let claimed = signatures.filter(verifier.isNamed(in:))
        guard !claimed.isEmpty else { throw .notSigned(by: verifier.name, keyID: verifier.keyID) }
        guard claimed.allSatisfy({ verifier.publicKey.isValidSignature($0.signature, for: text) }) else {
            throw .invalidSignature(by: verifier.name, keyID: verifier.keyID)
        }
    }

    private static let newline = UInt8(ascii: "\n")

    private static func checkCharacters(_ bytes: [UInt8]) throws(NoteError) {
        guard bytes.count <= maximumByteCount else { throw .noteTooLarge(maximum: maximumByteCount, got: bytes.count) }
        guard !bytes.contains(where: { $0 < 0x20 && $0 != newline }) else {
            throw .malformedNote(reason: "expected no control characters other than newline")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw .malformedNote(reason: "expected valid UTF-8")
        }
    }

    private static func checkCount(_ count: Int) throws(NoteError) {
        guard (1...maximumSignatureCount).contains(count) else {
            throw .malformedNote(reason: "expected 1 to \(maximumSignatureCount) signature lines, got \(count)")
        }
    }
}
