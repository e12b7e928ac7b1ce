/// Why a text is not the identifier that it was taken for.
public struct IdentifierError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wanted, in words: `partner code`, `trust domain`, ...
    public let subject: String
    /// The refused text, escaped and cut short so that it can be shown and logged.
    public let text: String
    /// What is wrong with it: expected and got.
    public let reason: String

    package init(_ subject: String, _ text: String, _ reason: String) {
        self.subject = subject
        self.text = Self.printable(text)
        self.reason = reason
    }

    public var description: String { "\(subject) `\(text)`: \(reason)" }

    /// The text with everything but printable ASCII escaped, at most 64 scalars of it: refused input is hostile input.
    package static func printable(_ text: String) -> String {
        var printed = ""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            if count == 64 { return printed + "..." }
            if (0x20...0x7E).contains(scalar.value), scalar != "`" {
                printed.unicodeScalars.append(scalar)
            } else {
                printed += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return printed
    }
}
