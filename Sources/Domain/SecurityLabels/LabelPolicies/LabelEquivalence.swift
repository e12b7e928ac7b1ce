/// One row of a policy's dated table: a word of its own and the word of another policy that is worth the same.
public struct LabelEquivalence: Hashable, Sendable {
    /// In which way the row is read.
    public enum Direction: String, Hashable, Sendable, CaseIterable {
        case both
        /// From this policy's word to the other's only.
        case out
        /// From the other's word to this policy's only.
        case `in`
    }

    /// The ladder of this policy that the word stands on.
    public let ladder: String
    public let word: Classification
    public let otherPolicy: LabelPolicyName
    public let otherWord: Classification
    public let validity: DayRange
    public let direction: Direction
    /// The document that the row comes from.
    public let source: String?
}
