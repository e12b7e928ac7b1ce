extension LabelPolicySet {
    /// The label as its policy writes it; reading it again gives an equal label.
    /// - Throws: `LabelWritingError` when the label's policy is not known, has no such word, or does not admit the
    ///   combination.
    public func marking(_ label: ConfidentialityLabel, form: MarkingForm = .banner) throws(LabelWritingError) -> String
    {
        guard let grammar = grammar(label.policy) else { throw .unknownPolicy(label.policy) }
        let parts = try LabelParts(label, grammar)
        if let violation = LabelRules.violation(grammar, word: label.classification, parts.uses.map(\.use)) {
            throw .combination(label: label.classification, expected: violation.expected)
        }
        return MarkingWriter(grammar: grammar, form: form).write(label, parts)
    }

    /// Why the label cannot be marked under its policy, or nil when it can.
    public func problem(with label: ConfidentialityLabel) -> LabelWritingError? {
        do throws(LabelWritingError) {
            _ = try marking(label)
            return nil
        } catch {
            return error
        }
    }
}

/// Why a label has no marking.
public enum LabelWritingError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownPolicy(LabelPolicyName)
    /// The policy has no such word for such owners.
    case unknownClassification(Classification, owners: [LabelOwner])
    case unknownValue(String, field: LabelField, policy: LabelPolicyName)
    /// A compartment stands without the one that it belongs to.
    case missingParent(String, parent: String)
    /// The values may not stand together.
    case combination(label: Classification, expected: String)

    public var description: String {
        switch self {
        case .unknownPolicy(let name): "unknown label policy `\(name)`: add its file to the label policies"
        case .unknownClassification(let word, let owners):
            "`\(word)` is not a classification of \(owners.map(\.rawValue).joined(separator: ", ")) under the label's policy"
        case .unknownValue(let value, let field, let policy):
            "`\(value)` is not one of the \(field.rawValue) of \(policy)"
        case .missingParent(let value, let parent): "`\(value)` stands without `\(parent)`: add it"
        case .combination(_, let expected): "the label cannot be marked: expected \(expected)"
        }
    }
}
