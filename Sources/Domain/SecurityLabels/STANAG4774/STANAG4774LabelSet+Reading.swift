extension STANAG4774LabelSet {
    /// Reads a file with one label of ADatP-4774, or with the labels of one ADatP-4778 binding.
    ///
    /// At most 256 KiB of XML 1.0 in UTF-8. Document type declarations, and with them entities, are refused, and so is
    /// every element and attribute that the schema does not name.
    /// - Throws: `STANAG4774Error` with the place of the first thing that is refused.
    public static func parse(xml bytes: [UInt8]) throws(STANAG4774Error) -> STANAG4774LabelSet {
        try read(XMLTreeReader.read(bytes))
    }

    static func read(_ root: XMLElement) throws(STANAG4774Error) -> STANAG4774LabelSet {
        var reader = STANAG4778Reader()
        let labels: [STANAG4774Label]
        var references: [STANAG4774DataReference] = []
        if let kind = STANAG4774Reader.kind(of: root) {
            labels = [try reader.labels.label(root, kind: kind)]
        } else if root.name == XMLName(namespace: STANAG4778Reader.namespace, local: "BindingInformation") {
            (labels, references) = try reader.binding(root)
        } else {
            let known = STANAG4774Label.Kind.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            throw STANAG4774Error(
                at: root.position,
                expected: "\(known) of namespace `\(STANAG4774Reader.namespace)`, "
                    + "or `BindingInformation` of namespace `\(STANAG4778Reader.namespace)`",
                got: "\(root.name)"
            )
        }
        do {
            return try STANAG4774LabelSet(
                labels: labels,
                dataReferences: references,
                deviations: STANAG4774Deviation.allCases.filter(reader.labels.deviations.contains)
            )
        } catch {
            throw STANAG4774Error(at: root.position, expected: error.expected, got: error.got)
        }
    }
}
