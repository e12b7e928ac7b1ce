/// One word or phrase of a confidentiality label that is known to be well formed.
///
/// Each part of a label has a type of its own, so that a compartment cannot stand where a caveat belongs. Being well
/// formed says nothing about being known: that is for the policy's vocabulary to judge.
public protocol LabelComponent: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What the component is called in messages to people, with its article, such as `a label owner`.
    static var componentName: String { get }
    /// Which characters and lengths the component accepts.
    static var alphabet: LabelAlphabet { get }
    /// The text exactly as it stands in labels and markings.
    var rawValue: String { get }
    /// Accepts text that keeps to ``alphabet``, without changing it.
    /// - Throws: `LabelError` that names the component, the text and the first thing wrong with it.
    init(_ text: String) throws(LabelError)
}

extension LabelComponent {
    /// The text exactly as it stands in labels and markings.
    public var description: String { rawValue }

    /// Orders by the text's UTF-8 bytes, which is the order of its scalars.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }

    static func validated(_ text: String) throws(LabelError) -> String {
        try alphabet.check(text, as: componentName)
        return text
    }
}

/// The characters and lengths that one kind of label component accepts.
///
/// Only upper-case letters are accepted, so that one marking has one spelling. Accented letters are accepted in phrases,
/// as single scalars: a combining accent is refused, and so are letters of other scripts that look like Latin ones.
/// A phrase may instead be of ideographs throughout; none stands beside a Latin letter, a digit or punctuation.
public struct LabelAlphabet: Hashable, Sendable {
    let length: ClosedRange<Int>
    let punctuation: Set<Unicode.Scalar>
    let allowsAccents: Bool
    let explanation: String

    /// A partner's or group's code: 2 to 24 letters, digits and hyphens, a letter first.
    static let code = LabelAlphabet(
        length: 2...24,
        punctuation: ["-"],
        allowsAccents: false,
        explanation: "upper-case letters, digits and `-`"
    )

    /// A name in one word: 1 to 32 letters, digits, hyphens and stops, a letter first.
    static let word = LabelAlphabet(
        length: 1...32,
        punctuation: ["-", "."],
        allowsAccents: false,
        explanation: "upper-case letters, digits, `-` and `.`"
    )

    /// One or more words with single spaces between: 1 to 64 characters, a letter first.
    static let phrase = LabelAlphabet(
        length: 1...64,
        punctuation: ["-", ".", " "],
        allowsAccents: true,
        explanation: "upper-case letters, digits, `-`, `.` and single spaces"
    )

    /// A classification: a phrase that may hold single slashes, colons and plus signs as well, as in
    /// `SECRET UE/EU SECRET` and `TLP:AMBER+STRICT`.
    static let classification = LabelAlphabet(
        length: 1...64,
        punctuation: ["-", ".", " ", "/", ":", "+"],
        allowsAccents: true,
        explanation: "upper-case letters, digits, `-`, `.`, `:`, `+`, single spaces and single `/`"
    )

    func check(_ text: String, as component: String) throws(LabelError) {
        guard !text.isEmpty else { throw .empty(component: component) }
        let count = text.unicodeScalars.count
        guard length.contains(count) else {
            throw .wrongLength(component: component, text: text, expected: length, got: count)
        }
        if allowsAccents, text.unicodeScalars.allSatisfy(Self.isIdeograph) { return }
        var previous: Unicode.Scalar?
        for (offset, scalar) in text.unicodeScalars.enumerated() {
            let isLast = offset == count - 1
            guard isAllowed(scalar, after: previous, isLast: isLast) else {
                throw .unexpectedCharacter(
                    component: component,
                    text: text,
                    character: scalar,
                    column: offset + 1,
                    expected: previous == nil ? "an upper-case letter" : explanation
                )
            }
            previous = scalar
        }
    }

    /// Whether the scalar is a unified ideograph of the first block, which holds those of the Japanese markings.
    ///
    /// Kana and the compatibility forms, some of which look like ideographs or like each other, are not among them.
    static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool { (0x4E00...0x9FFF).contains(scalar.value) }

    private func isAllowed(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar?, isLast: Bool) -> Bool {
        if isLetter(scalar) { return true }
        guard let previous else { return false }
        if ("0"..."9").contains(scalar) { return true }
        guard punctuation.contains(scalar), !isLast else { return false }
        // Two separators in a row would let one label have two spellings that people read alike.
        return (scalar != " " && scalar != "/") || (previous != " " && previous != "/")
    }

    private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        if ("A"..."Z").contains(scalar) { return true }
        // Latin-1 Supplement and Latin Extended-A: the accented capitals of the European national markings.
        return allowsAccents && (0xC0...0x17F).contains(scalar.value) && scalar.properties.isUppercase
    }
}
