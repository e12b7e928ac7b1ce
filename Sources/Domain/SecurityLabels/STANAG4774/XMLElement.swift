/// A name of XML with the namespace it is in.
struct XMLName: Hashable, Sendable, CustomStringConvertible {
    /// The namespace; nil for a name in none.
    let namespace: String?
    let local: String

    var description: String {
        if let namespace { "`\(local)` of namespace `\(namespace)`" } else { "`\(local)` of no namespace" }
    }
}

/// Where something stands in a file: lines and columns count from 1.
struct XMLPosition: Hashable, Sendable {
    let line: Int
    let column: Int
}

/// One element with all that stands in it; comments are gone.
struct XMLElement: Sendable {
    let name: XMLName
    let attributes: [(name: XMLName, value: String)]
    let position: XMLPosition
    var children: [XMLElement] = []
    /// The text between the tags, without the text of the children.
    var text: String = ""
    /// Whether a comment stood directly in the element.
    var holdsComment = false
}

/// What a document may hold at most.
struct XMLLimits: Sendable {
    var bytes = 256 << 10
    var depth = 16
    var elements = 4096
    var attributes = 16
}
