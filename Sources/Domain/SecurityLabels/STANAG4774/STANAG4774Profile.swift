/// How the labels of one policy are written as ADatP-4774 labels, and what those mean.
///
/// A profile is a table: policy identifier, words, and for each category the part of a ``ConfidentialityLabel`` that
/// its values fill. What the table does not name has no meaning under the policy and is refused, in both directions.
public struct STANAG4774Profile: Hashable, Sendable {
    /// The part of a label that a category's values fill.
    public enum Field: String, Hashable, Sendable, CaseIterable {
        case owners
        case compartments
        case caveats
        case releasableTo
        case community
        case type
    }

    /// A category and what its values are.
    public struct Category: Hashable, Sendable {
        /// The tag's name; read in any case where the profile ignores case.
        public let tagName: String
        public let kind: STANAG4774Category.Kind
        public let uri: String?
        public let field: Field
        /// Values whose word in labels differs; every other value is its word.
        public let words: [String: String]
        /// Whether `words` names all there are.
        public let isClosed: Bool
        /// A caveat that labels have exactly when their words stand under this tag, such as `ONLY`.
        public let caveat: Caveat?

        public init(
            tagName: String,
            kind: STANAG4774Category.Kind,
            uri: String? = nil,
            field: Field,
            words: [String: String] = [:],
            isClosed: Bool = false,
            caveat: Caveat? = nil
        ) {
            self.tagName = tagName
            self.kind = kind
            self.uri = uri
            self.field = field
            self.words = words
            self.isClosed = isClosed
            self.caveat = caveat
        }
    }

    /// The category by which the NATO policy says in which context a classification was made.
    ///
    /// The value of the policy itself is no word of a label, another one is the label's community.
    public struct Context: Hashable, Sendable {
        public let tagName: String
        public let uri: String?
        /// The value that means the policy alone.
        public let policyValue: String
        /// The value that announces a list of those to whom the information is released.
        public let releasableValue: String
        /// Other values whose word in labels differs.
        public let words: [String: String]

        public init(
            tagName: String,
            uri: String?,
            policyValue: String,
            releasableValue: String,
            words: [String: String] = [:]
        ) {
            self.tagName = tagName
            self.uri = uri
            self.policyValue = policyValue
            self.releasableValue = releasableValue
            self.words = words
        }
    }

    /// The name in `PolicyIdentifier`.
    public let policyIdentifier: String
    /// The identifier in its `URI`; a label that names another is refused.
    public let policyURI: String?
    /// The policy of the labels.
    public let policy: LabelPolicyName
    /// Whose the labels are that name no owner; nil where each has to.
    public let owner: LabelOwner?
    /// Whether words are compared without regard to case, as the standard demands for the policies NATO and PUBLIC.
    public let ignoresCase: Bool
    /// Classifications in XML whose word in labels differs; every other one is its word.
    public let classifications: [String: String]
    /// Privacy marks and the caveats that they are; no others are known.
    public let privacyMarks: [String: String]
    public let context: Context?
    /// The categories in the order in which they are written; of several for one field the first one takes all that
    /// its table knows.
    public let categories: [Category]

    public init(
        policyIdentifier: String,
        policyURI: String? = nil,
        policy: LabelPolicyName,
        owner: LabelOwner? = nil,
        ignoresCase: Bool = false,
        classifications: [String: String] = [:],
        privacyMarks: [String: String] = [:],
        context: Context? = nil,
        categories: [Category]
    ) {
        self.policyIdentifier = policyIdentifier
        self.policyURI = policyURI
        self.policy = policy
        self.owner = owner
        self.ignoresCase = ignoresCase
        self.classifications = classifications
        self.privacyMarks = privacyMarks
        self.context = context
        self.categories = categories
    }

    /// Whether the profile is the one of a label's policy: by identifier where both have one, else by name.
    public func covers(_ information: STANAG4774Information) -> Bool {
        if let own = policyURI, let other = information.policyURI { return own == other }
        return isEqual(information.policyIdentifier, policyIdentifier)
    }

    func isEqual(_ left: String, _ right: String) -> Bool {
        ignoresCase
            ? left.uppercased().unicodeScalars.elementsEqual(right.uppercased().unicodeScalars)
            : left.unicodeScalars.elementsEqual(right.unicodeScalars)
    }

    /// The word of a text, by a table or else the text itself, in capitals where case is ignored.
    func word(of text: String, by table: [String: String]) -> String {
        if let entry = table.first(where: { isEqual($0.key, text) }) { return entry.value }
        return ignoresCase ? text.uppercased() : text
    }

    /// The text of a word: the first one in a table that means it, or else the word itself.
    static func text(of word: String, by table: [String: String]) -> String {
        table.filter { $0.value == word }.keys.min() ?? word
    }
}
