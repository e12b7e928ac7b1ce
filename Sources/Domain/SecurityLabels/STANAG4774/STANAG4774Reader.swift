/// Reads labels out of a tree of elements by the rules of ADatP-4774 and its schema.
struct STANAG4774Reader {
    /// The namespace of labels.
    static let namespace = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"

    private(set) var deviations: Set<STANAG4774Deviation> = []

    static func kind(of element: XMLElement) -> STANAG4774Label.Kind? {
        element.name.namespace == namespace ? STANAG4774Label.Kind(rawValue: element.name.local) : nil
    }

    mutating func label(_ element: XMLElement, kind: STANAG4774Label.Kind) throws(STANAG4774Error) -> STANAG4774Label {
        var reader = try XMLElementReader(container: element)
        let id = reader.attribute("Id")
        let review: STANAG4774DateTime? =
            if let text = reader.attribute("ReviewDateTime") {
                try Self.dateTime(text, "`ReviewDateTime`", in: reader)
            } else {
                nil
            }
        let content = try content(&reader)
        var succession: STANAG4774Succession?
        if let child = reader.child(Self.name("SuccessionHandling")) { succession = try self.succession(child) }
        try Self.refuseExtension(reader)
        try reader.finish()
        if review == nil, succession == nil { deviations.insert(.noReviewDateTime) }
        return STANAG4774Label(
            kind: kind,
            id: id,
            reviewDateTime: review,
            content: content,
            succession: succession
        )
    }

    private mutating func content(_ reader: inout XMLElementReader) throws(STANAG4774Error) -> STANAG4774Content {
        let information = try information(reader.requiredChild(Self.name("ConfidentialityInformation")))
        var originatorID: STANAG4774OriginatorID?
        if let child = reader.child(Self.name("OriginatorID")) { originatorID = try Self.originatorID(child) }
        var created: STANAG4774DateTime?
        if let child = reader.child(Self.name("CreationDateTime")) {
            created = try Self.dateTime(child)
        } else {
            deviations.insert(.noCreationDateTime)
        }
        return STANAG4774Content(information: information, originatorID: originatorID, creationDateTime: created)
    }

    private mutating func information(_ element: XMLElement) throws(STANAG4774Error) -> STANAG4774Information {
        var reader = try XMLElementReader(container: element)
        var policy = try XMLElementReader(leaf: reader.requiredChild(Self.name("PolicyIdentifier")))
        var policyURI = policy.attribute("URI")
        if policyURI == nil, let url = policy.attribute("URL") {
            policyURI = url
            deviations.insert(.policyURL)
        }
        try policy.finish()
        var classification = try XMLElementReader(leaf: reader.requiredChild(Self.name("Classification")))
        let classificationURI = classification.attribute("URI")
        if classificationURI != nil { deviations.insert(.classificationURI) }
        try classification.finish()
        var privacyMark: String?
        if let child = reader.child(Self.name("PrivacyMark")) {
            let mark = try XMLElementReader(leaf: child)
            try mark.finish()
            privacyMark = try mark.text()
        }
        var categories: [STANAG4774Category] = []
        while let child = reader.child(Self.name("Category")) { categories.append(try Self.category(child)) }
        try Self.refuseExtension(reader)
        try reader.finish()
        return STANAG4774Information(
            policyIdentifier: try policy.token(),
            policyURI: policyURI,
            classification: try classification.token(),
            classificationURI: classificationURI,
            privacyMark: privacyMark,
            categories: categories
        )
    }

    private static func category(_ element: XMLElement) throws(STANAG4774Error) -> STANAG4774Category {
        var reader = try XMLElementReader(container: element)
        let tagName = try reader.requiredAttribute("TagName")
        let type = try reader.requiredAttribute("Type")
        let uri = reader.attribute("URI")
        guard let kind = STANAG4774Category.Kind(rawValue: type) else {
            throw reader.failure("a `Type` of `RESTRICTIVE`, `PERMISSIVE` or `INFORMATIVE`", "`\(type)`")
        }
        var values: [String] = []
        while let child = reader.child(name("GenericValue")) {
            let value = try XMLElementReader(leaf: child)
            try value.finish()
            values.append(try value.text())
        }
        guard !values.isEmpty, !reader.hasChild else {
            // IntegerValue and BitStringValue are in the schema, and the standard's text forbids them: their meaning
            // is in tables that no file carries.
            throw reader.unexpectedChild(values.isEmpty ? "a `GenericValue`" : "`GenericValue` only")
        }
        try reader.finish()
        return STANAG4774Category(tagName: tagName, kind: kind, uri: uri, values: values)
    }

    private static func originatorID(_ element: XMLElement) throws(STANAG4774Error) -> STANAG4774OriginatorID {
        var reader = try XMLElementReader(leaf: element)
        let type = try reader.requiredAttribute("IDType")
        guard let kind = STANAG4774OriginatorID.Kind(rawValue: type) else {
            let known = STANAG4774OriginatorID.Kind.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            throw reader.failure("an `IDType` of \(known)", "`\(type)`")
        }
        try reader.finish()
        return STANAG4774OriginatorID(kind: kind, name: try reader.text())
    }

    private mutating func succession(_ element: XMLElement) throws(STANAG4774Error) -> STANAG4774Succession {
        var reader = try XMLElementReader(container: element)
        let time = try Self.dateTime(reader.requiredChild(Self.name("SuccessionDateTime")))
        let child = try reader.requiredChild(Self.name("SuccessorConfidentialityLabel"))
        try reader.finish()
        var successor = try XMLElementReader(container: child)
        let content = try content(&successor)
        try successor.finish()
        return STANAG4774Succession(dateTime: time, successor: content)
    }

    private static func dateTime(_ element: XMLElement) throws(STANAG4774Error) -> STANAG4774DateTime {
        let reader = try XMLElementReader(leaf: element)
        try reader.finish()
        return try dateTime(reader.token(), "`\(element.name.local)`", in: reader)
    }

    private static func dateTime(
        _ text: String,
        _ what: String,
        in reader: XMLElementReader
    ) throws(STANAG4774Error) -> STANAG4774DateTime {
        guard let value = STANAG4774DateTime(text) else {
            throw reader.failure("a time in \(what) such as `2026-09-26T12:00:00Z`", "`\(text)`")
        }
        return value
    }

    // The schema lets foreign elements stand here. One that nobody knows may well restrict the information further.
    private static func refuseExtension(_ reader: XMLElementReader) throws(STANAG4774Error) {
        guard let next = reader.nextNamespace, next != namespace else { return }
        throw reader.unexpectedChild("no extension (an unknown one could change what the label means)")
    }

    static func name(_ local: String) -> XMLName { XMLName(namespace: namespace, local: local) }
}

extension XMLElementReader {
    /// The namespace of the next child; empty for none, nil where there is no child.
    fileprivate var nextNamespace: String? { nextChild.map { $0.name.namespace ?? "" } }
}
