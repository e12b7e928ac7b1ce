/// Takes an element apart in the order that a schema gives, and refuses what is left over.
struct XMLElementReader {
    static let schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

    let element: XMLElement
    private var children: ArraySlice<XMLElement>
    private var attributes: [(name: XMLName, value: String)]

    /// Begins with an element whose children matter; text between them may be white space only.
    init(container element: XMLElement) throws(STANAG4774Error) {
        guard element.text.unicodeScalars.allSatisfy(Self.isSpace) else {
            throw STANAG4774Error(
                at: element.position,
                expected: "elements only in `\(element.name.local)`",
                got: "text"
            )
        }
        self.init(element)
    }

    /// Begins with an element whose text matters.
    init(leaf element: XMLElement) throws(STANAG4774Error) {
        if let child = element.children.first {
            throw STANAG4774Error(
                at: child.position,
                expected: "text only in `\(element.name.local)`",
                got: "\(child.name)"
            )
        }
        // Readers differ in what text is when a comment stands inside it, so that a label could be two labels.
        guard !element.holdsComment else {
            throw STANAG4774Error(
                at: element.position,
                expected: "text without a comment inside it in `\(element.name.local)`",
                got: "a comment"
            )
        }
        self.init(element)
    }

    private init(_ element: XMLElement) {
        self.element = element
        children = element.children[...]
        // Where to find a schema is a hint for validators and no part of the document's meaning.
        attributes = element.attributes.filter {
            $0.name.namespace != Self.schemaInstance
                || !["schemaLocation", "noNamespaceSchemaLocation"].contains($0.name.local)
        }
    }

    mutating func attribute(_ local: String, of namespace: String? = nil) -> String? {
        let name = XMLName(namespace: namespace, local: local)
        guard let index = attributes.firstIndex(where: { $0.name == name }) else { return nil }
        return attributes.remove(at: index).value
    }

    mutating func requiredAttribute(_ local: String) throws(STANAG4774Error) -> String {
        guard let value = attribute(local), !value.isEmpty else {
            throw failure("an attribute `\(local)` in `\(element.name.local)`", "none")
        }
        return value
    }

    /// The next child when it has that name.
    mutating func child(_ name: XMLName) -> XMLElement? {
        children.first?.name == name ? children.popFirst() : nil
    }

    mutating func requiredChild(_ name: XMLName) throws(STANAG4774Error) -> XMLElement {
        guard let child = child(name) else { throw unexpectedChild("`\(name.local)`") }
        return child
    }

    /// The next child.
    var nextChild: XMLElement? { children.first }

    /// Whether a child is left.
    var hasChild: Bool { !children.isEmpty }

    /// The error of a child, or its absence, where `expected` should stand.
    func unexpectedChild(_ expected: String) -> STANAG4774Error {
        let what = "\(expected) in `\(element.name.local)`"
        guard let child = children.first else { return failure(what, "the end of the element") }
        return STANAG4774Error(at: child.position, expected: what, got: "\(child.name)")
    }

    /// Refuses attributes and children that were not asked for.
    func finish() throws(STANAG4774Error) {
        if let attribute = attributes.first {
            throw failure(
                "no other attribute in `\(element.name.local)` (an unknown one could change what the label means)",
                "\(attribute.name)"
            )
        }
        if hasChild { throw unexpectedChild("no other element") }
    }

    func failure(_ expected: String, _ got: String) -> STANAG4774Error {
        STANAG4774Error(at: element.position, expected: expected, got: got)
    }

    /// The text as it stands, at least one character.
    func text() throws(STANAG4774Error) -> String {
        guard !element.text.isEmpty else { throw failure("text in `\(element.name.local)`", "none") }
        return element.text
    }

    /// The text as an `xs:token`: white space at the ends gone, and single spaces inside.
    func token() throws(STANAG4774Error) -> String {
        let words = element.text.unicodeScalars.split(whereSeparator: Self.isSpace).map { String($0) }
        guard !words.isEmpty else { throw failure("text in `\(element.name.local)`", "none") }
        return words.joined(separator: " ")
    }

    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
    }
}
