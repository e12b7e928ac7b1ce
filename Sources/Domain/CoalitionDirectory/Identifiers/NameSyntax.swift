/// The syntax that node, mailbox, person and exercise names share: a DNS label in lower case, so that a name stands
/// unescaped in a SPIFFE path, a file name, a log origin and a URL.
enum NameSyntax {
    static let maximumLength = 63

    /// The text itself when it is 1 to 63 of `a-z`, `0-9` and `-`, with a letter or digit first and last.
    static func checked(_ text: String, subject: String) throws(IdentifierError) -> String {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last else {
            throw IdentifierError(subject, text, "expected 1 to \(maximumLength) characters, got none")
        }
        guard bytes.count <= maximumLength else {
            throw IdentifierError(subject, text, "expected at most \(maximumLength) characters, got \(bytes.count)")
        }
        guard bytes.allSatisfy({ isLowercaseOrDigit($0) || $0 == UInt8(ascii: "-") }) else {
            throw IdentifierError(subject, text, "expected lower-case letters, digits and `-` only")
        }
        guard isLowercaseOrDigit(first), isLowercaseOrDigit(last) else {
            throw IdentifierError(subject, text, "expected a letter or digit first and last, got `-`")
        }
        return text
    }

    static func isLowercaseOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
