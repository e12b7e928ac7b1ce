/// The part of a label that access is decided on.
public struct STANAG4774Information: Hashable, Sendable {
    /// The policy's name, spaces collapsed.
    public let policyIdentifier: String
    /// The policy's identifier, as a rule `urn:oid:` and an object identifier.
    public let policyURI: String?
    /// The classification under that policy, spaces collapsed.
    public let classification: String
    /// An identifier of the classification, which the standard's text asks not to use.
    public let classificationURI: String?
    /// Words without meaning for access.
    public let privacyMark: String?
    /// The categories in the order of the file; several may have one tag name, and then count as one with all values.
    public let categories: [STANAG4774Category]

    public init(
        policyIdentifier: String,
        policyURI: String? = nil,
        classification: String,
        classificationURI: String? = nil,
        privacyMark: String? = nil,
        categories: [STANAG4774Category] = []
    ) {
        self.policyIdentifier = policyIdentifier
        self.policyURI = policyURI
        self.classification = classification
        self.classificationURI = classificationURI
        self.privacyMark = privacyMark
        self.categories = categories
    }
}

/// Some values of one category.
public struct STANAG4774Category: Hashable, Sendable {
    /// What the values demand of whoever is to see the information.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// All of them.
        case restrictive = "RESTRICTIVE"
        /// At least one of them.
        case permissive = "PERMISSIVE"
        /// Nothing.
        case informative = "INFORMATIVE"
    }

    public let tagName: String
    public let kind: Kind
    /// The category's identifier, as a rule `urn:oid:` and an object identifier.
    public let uri: String?
    /// The values, at least one.
    public let values: [String]

    public init(tagName: String, kind: Kind, uri: String? = nil, values: [String]) {
        self.tagName = tagName
        self.kind = kind
        self.uri = uri
        self.values = values
    }
}
