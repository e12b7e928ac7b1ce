/// A confidentiality label as ADatP-4774 writes it in XML, with nothing added and nothing taken away.
///
/// It says what the file says. What it means to a policy is a ``ConfidentialityLabel``, which a
/// ``STANAG4774Profile`` makes of it.
public struct STANAG4774Label: Hashable, Sendable {
    /// Which of the four elements the label is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The label that the originator gave the data.
        case originator = "originatorConfidentialityLabel"
        /// An equivalent of the originator's label under another policy.
        case alternative = "alternativeConfidentialityLabel"
        /// The label of the metadata themselves.
        case metadata = "metadataConfidentialityLabel"
        /// The element that the schema keeps for older files; it stands for the originator's label.
        case older = "ConfidentialityLabel"
    }

    /// What the label is of.
    public let kind: Kind
    /// The element's identifier in its file.
    public let id: String?
    /// When the label is to be looked at again.
    public let reviewDateTime: STANAG4774DateTime?
    /// Who made the label, of what, and when.
    public let content: STANAG4774Content
    /// What the label becomes at a time.
    public let succession: STANAG4774Succession?

    public init(
        kind: Kind,
        id: String? = nil,
        reviewDateTime: STANAG4774DateTime? = nil,
        content: STANAG4774Content,
        succession: STANAG4774Succession? = nil
    ) {
        self.kind = kind
        self.id = id
        self.reviewDateTime = reviewDateTime
        self.content = content
        self.succession = succession
    }
}

/// What a label and its successor have in common.
public struct STANAG4774Content: Hashable, Sendable {
    /// Policy, classification and categories.
    public let information: STANAG4774Information
    /// Who made the label.
    public let originatorID: STANAG4774OriginatorID?
    /// When the label was made. The schema demands it; files without it are common.
    public let creationDateTime: STANAG4774DateTime?

    public init(
        information: STANAG4774Information,
        originatorID: STANAG4774OriginatorID? = nil,
        creationDateTime: STANAG4774DateTime?
    ) {
        self.information = information
        self.originatorID = originatorID
        self.creationDateTime = creationDateTime
    }
}

/// The label that takes a label's place from a time on.
public struct STANAG4774Succession: Hashable, Sendable {
    /// From when on.
    public let dateTime: STANAG4774DateTime
    /// What the label says then.
    public let successor: STANAG4774Content

    public init(dateTime: STANAG4774DateTime, successor: STANAG4774Content) {
        self.dateTime = dateTime
        self.successor = successor
    }
}

/// Who made a label.
public struct STANAG4774OriginatorID: Hashable, Sendable {
    /// What kind of name it is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case rfc822Name
        case dNSName
        case directoryName
        case uniformResourceIdentifier
        case iPAddress
        case x400Address
        case userPrincipalName
        case jID
    }

    public let kind: Kind
    public let name: String

    public init(kind: Kind, name: String) {
        self.kind = kind
        self.name = name
    }
}
