extension STANAG4774LabelSet {
    /// The set as an XML document in UTF-8, in one spelling: equal sets give equal bytes, and reading them gives the set.
    ///
    /// Attributes stand in the order of their names, elements in the order of the schema, two spaces a level.
    /// - Throws: `STANAG4774Error` when a part of a label is not in the form that the schema asks for.
    public func xml() throws(STANAG4774Error) -> [UInt8] {
        let bytes = try write()
        // INVARIANT: what leaves here reads as what went in, for labels can be made of texts that no file holds.
        let read = try STANAG4774LabelSet.parse(xml: bytes)
        guard read.labels == labels, read.dataReferences == dataReferences else {
            throw STANAG4774Error(expected: "labels that read as they were written", got: "other ones")
        }
        return bytes
    }

    private func write() throws(STANAG4774Error) -> [UInt8] {
        var writer = XMLWriter()
        if dataReferences.isEmpty, let label = labels.first {
            try writer.label(label, declares: [("xmlns:slab", STANAG4774Reader.namespace)])
        } else {
            let namespaces = [
                ("xmlns:mb", STANAG4778Reader.namespace), ("xmlns:slab", STANAG4774Reader.namespace),
                ("xmlns:xmime", STANAG4778Reader.mimeNamespace),
            ]
            try writer.open("mb:BindingInformation", namespaces)
            try writer.open("mb:MetadataBindingContainer")
            try writer.open("mb:MetadataBinding")
            for label in labels {
                try writer.open("mb:Metadata")
                try writer.label(label)
                writer.close("mb:Metadata")
            }
            for reference in dataReferences {
                try writer.empty(
                    "mb:DataReference",
                    [("URI", reference.uri), ("xmime:contentType", reference.contentType)]
                )
            }
            writer.close("mb:MetadataBinding")
            writer.close("mb:MetadataBindingContainer")
            writer.close("mb:BindingInformation")
        }
        return writer.bytes
    }
}

extension XMLWriter {
    fileprivate mutating func label(
        _ label: STANAG4774Label,
        declares namespaces: [(String, String?)] = []
    ) throws(STANAG4774Error) {
        let name = "slab:\(label.kind.rawValue)"
        try open(name, namespaces + [("Id", label.id), ("ReviewDateTime", label.reviewDateTime?.text)])
        try content(label.content)
        if let succession = label.succession {
            try open("slab:SuccessionHandling")
            try leaf("slab:SuccessionDateTime", succession.dateTime.text)
            try open("slab:SuccessorConfidentialityLabel")
            try content(succession.successor)
            close("slab:SuccessorConfidentialityLabel")
            close("slab:SuccessionHandling")
        }
        close(name)
    }

    private mutating func content(_ content: STANAG4774Content) throws(STANAG4774Error) {
        let information = content.information
        try open("slab:ConfidentialityInformation")
        try leaf("slab:PolicyIdentifier", information.policyIdentifier, [("URI", information.policyURI)])
        try leaf("slab:Classification", information.classification, [("URI", information.classificationURI)])
        if let mark = information.privacyMark { try leaf("slab:PrivacyMark", mark) }
        for category in information.categories {
            try open(
                "slab:Category",
                [("TagName", category.tagName), ("Type", category.kind.rawValue), ("URI", category.uri)]
            )
            for value in category.values { try leaf("slab:GenericValue", value) }
            close("slab:Category")
        }
        close("slab:ConfidentialityInformation")
        if let originator = content.originatorID {
            try leaf("slab:OriginatorID", originator.name, [("IDType", originator.kind.rawValue)])
        }
        if let created = content.creationDateTime { try leaf("slab:CreationDateTime", created.text) }
    }
}
