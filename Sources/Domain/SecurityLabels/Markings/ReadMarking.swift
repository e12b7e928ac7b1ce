/// Which of the two ways of writing a marking is meant: in full above a document, or short, before a paragraph.
public enum MarkingForm: String, Hashable, Sendable, CaseIterable {
    case banner
    case portion
}

/// A label as it was read from a marking.
public struct ReadMarking: Hashable, Sendable {
    public let label: ConfidentialityLabel
    /// Portion for a marking in parentheses.
    public let form: MarkingForm
    /// What a reader should know, such as that a spelling is an earlier one.
    public let notes: [String]
}
