/// Why a label, or a vocabulary of labels, cannot be made from the parts given.
public enum LabelError: Error, Hashable, Sendable {
    /// A component has no characters.
    case empty(component: String)
    /// A component is too short or too long, counted in Unicode scalars.
    case wrongLength(component: String, text: String, expected: ClosedRange<Int>, got: Int)
    /// A component holds a character that it may not hold there; the column counts from 1.
    case unexpectedCharacter(component: String, text: String, character: Unicode.Scalar, column: Int, expected: String)
    /// A list names the same component twice.
    case repeated(component: String, text: String)
    /// A releasability list is there but names nobody.
    case emptyReleasability
    /// A vocabulary knows no label policy.
    case noPolicy
    /// Something is named that is not known.
    case unknown(component: String, text: String)
    /// A vocabulary uses one word for two kinds of component, so that a marking could be read in two ways.
    case ambiguous(text: String, first: String, second: String)
}

extension LabelError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty(let component):
            "\(component) is empty: expected at least one letter"
        case .wrongLength(let component, let text, let expected, let got):
            "`\(text)` cannot be \(component): "
                + "expected \(expected.lowerBound) to \(expected.upperBound) characters, got \(got)"
        case .unexpectedCharacter(let component, let text, let character, let column, let expected):
            "`\(text)` cannot be \(component): expected \(expected) at column \(column), got \(Self.show(character))"
        case .repeated(let component, let text):
            "`\(text)` stands twice: \(component) may be named once only, remove one"
        case .emptyReleasability:
            "the releasability list is empty: name at least one partner or group, or leave the list out"
        case .noPolicy:
            "the vocabulary names no label policy: expected at least one"
        case .unknown(let component, let text):
            "`\(text)` is not known as \(component): correct it or add it"
        case .ambiguous(let text, let first, let second):
            "`\(text)` is both \(first) and \(second): a marking could be read in two ways, rename one"
        }
    }

    private static func show(_ scalar: Unicode.Scalar) -> String {
        let code = String(scalar.value, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
        return scalar.properties.generalCategory == .control ? "U+\(padded)" : "`\(scalar)` (U+\(padded))"
    }
}
