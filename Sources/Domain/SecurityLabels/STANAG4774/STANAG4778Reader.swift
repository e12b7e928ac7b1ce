/// Reads the labels of an ADatP-4778 binding, as far as a label needs it.
///
/// One binding of labels to references is read. Signatures, data that stand in the file, references to parts of
/// documents, metadata of other kinds and bindings of portions are refused: who reads the labels alone would take them
/// for more than they are.
struct STANAG4778Reader {
    static let namespace = "urn:nato:stanag:4778:bindinginformation:1:0"
    static let mimeNamespace = "http://www.w3.org/2005/05/xmlmime"

    var labels = STANAG4774Reader()

    mutating func binding(
        _ element: XMLElement
    ) throws(STANAG4774Error) -> (labels: [STANAG4774Label], references: [STANAG4774DataReference]) {
        var information = try XMLElementReader(container: element)
        let containerElement = try information.requiredChild(Self.name("MetadataBindingContainer"))
        try information.finish()
        var container = try XMLElementReader(container: containerElement)
        _ = container.attribute("Id")
        let bindingElement = try container.requiredChild(Self.name("MetadataBinding"))
        guard !container.hasChild else {
            throw container.unexpectedChild("one `MetadataBinding` only (labels of portions are not read)")
        }
        try container.finish()
        var binding = try XMLElementReader(container: bindingElement)
        _ = binding.attribute("Id")
        var found: [STANAG4774Label] = []
        while let child = binding.child(Self.name("Metadata")) { found.append(try metadata(child)) }
        guard !found.isEmpty else { throw binding.unexpectedChild("`Metadata`") }
        var references: [STANAG4774DataReference] = []
        while let child = binding.child(Self.name("DataReference")) { references.append(try Self.reference(child)) }
        guard !references.isEmpty else { throw binding.unexpectedChild("`DataReference`") }
        try binding.finish()
        return (found, references)
    }

    private mutating func metadata(_ element: XMLElement) throws(STANAG4774Error) -> STANAG4774Label {
        var reader = try XMLElementReader(container: element)
        _ = reader.attribute("contentType", of: Self.mimeNamespace)
        guard let child = reader.nextChild, let kind = STANAG4774Reader.kind(of: child) else {
            throw reader.unexpectedChild("a confidentiality label of ADatP-4774")
        }
        let label = try labels.label(reader.requiredChild(child.name), kind: kind)
        try reader.finish()
        return label
    }

    private static func reference(_ element: XMLElement) throws(STANAG4774Error) -> STANAG4774DataReference {
        var reader = try XMLElementReader(container: element)
        guard let uri = reader.attribute("URI") else {
            throw reader.failure("an attribute `URI` in `DataReference`", "none")
        }
        let type = reader.attribute("contentType", of: mimeNamespace)
        try reader.finish()
        return STANAG4774DataReference(uri: uri, contentType: type)
    }

    private static func name(_ local: String) -> XMLName { XMLName(namespace: namespace, local: local) }
}
