/// The labels of one thing: the originator's, its equivalents under other policies, and the one of the metadata.
///
/// A file with one label is that label's element. More than one stand in the metadata of an ADatP-4778 binding, which
/// also says what they are bound to.
public struct STANAG4774LabelSet: Hashable, Sendable {
    /// The labels: the originator's, then the alternatives by their policies' names, then the metadata's.
    public let labels: [STANAG4774Label]
    /// What the labels are bound to; empty for a file with a label alone.
    public let dataReferences: [STANAG4774DataReference]
    /// Where the file that was read keeps to common practice and not to the standard; empty for a set that was made.
    public let deviations: [STANAG4774Deviation]

    /// The label that counts, in the originator's own words.
    public var originator: STANAG4774Label? { labels.first { $0.kind == .originator || $0.kind == .older } }
    /// Equivalents, to be shown beside the originator's label and never in its place.
    public var alternatives: [STANAG4774Label] { labels.filter { $0.kind == .alternative } }
    /// The label of the metadata.
    public var metadata: STANAG4774Label? { labels.first { $0.kind == .metadata } }

    /// Makes a set; labels may come in any order.
    /// - Throws: `STANAG4774Error` when there is none, more than one of the originator or the metadata, two labels
    ///   under one policy for the same thing, or several with nothing to be bound to.
    public init(
        labels: [STANAG4774Label],
        dataReferences: [STANAG4774DataReference] = []
    ) throws(STANAG4774Error) {
        try self.init(labels: labels, dataReferences: dataReferences, deviations: [])
    }

    init(
        labels: [STANAG4774Label],
        dataReferences: [STANAG4774DataReference],
        deviations: [STANAG4774Deviation]
    ) throws(STANAG4774Error) {
        guard !labels.isEmpty else { throw STANAG4774Error(expected: "a label", got: "none") }
        guard labels.count == 1 || !dataReferences.isEmpty else {
            throw STANAG4774Error(expected: "what the \(labels.count) labels are bound to", got: "nothing")
        }
        self.labels = labels.sorted { Self.order($0).lexicographicallyPrecedes(Self.order($1)) }
        self.dataReferences = dataReferences
        self.deviations = deviations
        let originators = labels.filter { $0.kind == .originator || $0.kind == .older }
        let metadata = labels.filter { $0.kind == .metadata }
        guard originators.count <= 1, metadata.count <= 1 else {
            throw STANAG4774Error(
                expected: "at most one label of the originator and one of the metadata",
                got: "\(originators.count) and \(metadata.count)"
            )
        }
        var policies: Set<String> = []
        for label in originators + alternatives {
            let policy = label.content.information.policyIdentifier
            guard policies.insert(policy).inserted else {
                throw STANAG4774Error(expected: "one label for each policy", got: "two under `\(policy)`")
            }
        }
    }

    private static func order(_ label: STANAG4774Label) -> [String.UTF8View.Element] {
        let rank: UInt8 =
            switch label.kind {
            case .originator, .older: 0
            case .alternative: 1
            case .metadata: 2
            }
        return [rank] + label.content.information.policyIdentifier.utf8
    }
}

/// Something that labels are bound to (ADatP-4778).
public struct STANAG4774DataReference: Hashable, Sendable {
    /// Where it is; the empty text is the document that the binding stands in.
    public let uri: String
    /// Its media type.
    public let contentType: String?

    public init(uri: String, contentType: String? = nil) {
        self.uri = uri
        self.contentType = contentType
    }
}

/// A place where a file departs from the standard in a way that is common and cannot change who may see what.
public enum STANAG4774Deviation: Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// A label has no `CreationDateTime`, which the schema demands.
    case noCreationDateTime
    /// A label has no `ReviewDateTime` and no successor; the standard's text demands one of them.
    case noReviewDateTime
    /// `Classification` has a `URI`, which the standard's text forbids.
    case classificationURI
    /// `PolicyIdentifier` has an attribute `URL`; it was read as `URI`.
    case policyURL

    public var description: String {
        switch self {
        case .noCreationDateTime: "`CreationDateTime` is missing, which the schema demands"
        case .noReviewDateTime: "`ReviewDateTime` is missing, which is demanded where no succession is stated"
        case .classificationURI: "`Classification` has a `URI`, which is not to be used"
        case .policyURL: "`PolicyIdentifier` has an attribute `URL`: read as `URI`"
        }
    }
}
