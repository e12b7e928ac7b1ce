import Yams

/// Reads the one document of a YAML file in the one narrow form that policies and configuration are written in.
///
/// Every scalar is text: `NO` is Norway, `1:30` is not ninety. Anchors, aliases, tags and a second document are refused,
/// because with them a file says something else than what a reader sees.
package enum YAMLFile {
    static let maximumSize = 4 << 20
    static let maximumDepth = 16
    private static let tooDeep =
        "expected at most \(maximumDepth) levels of nesting, got a deeper one: write it flatter"

    package static func read(_ text: String, file: String) throws(YAMLError) -> YAMLItem {
        guard text.utf8.count <= maximumSize else {
            throw YAMLError(
                file: file,
                line: 1,
                column: 1,
                message: "the file is too large: expected at most \(maximumSize) bytes, got \(text.utf8.count)"
            )
        }
        do {
            // The parser owns the anchors: nodes only know of them while it lives.
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            let root = try parser.singleRoot()
            guard let root else {
                throw YAMLError(file: file, line: 1, column: 1, message: "the file is empty: expected a mapping")
            }
            return try withExtendedLifetime(parser) { try item(root, file: file, depth: 0) }
        } catch let error as YAMLError {
            throw error
        } catch let error as YamlError {
            throw describe(error, file: file)
        } catch {
            throw YAMLError(file: file, line: 1, column: 1, message: "not readable as YAML: \(error)")
        }
    }

    private static func item(_ node: Node, file: String, depth: Int) throws -> YAMLItem {
        let line = node.mark?.line ?? 1
        let column = node.mark?.column ?? 1
        func refusal(_ message: String) -> YAMLError {
            YAMLError(file: file, line: line, column: column, message: message)
        }
        guard depth <= maximumDepth else { throw refusal(tooDeep) }
        if let anchor = node.anchor {
            throw refusal("anchors and aliases are not accepted, got `&\(anchor.rawValue)`: write the value out")
        }
        let content: YAMLItem.Content
        switch node {
        case .scalar(let scalar):
            try refuseTag(scalar.tag, refusal)
            content = .text(scalar.string)
        case .sequence(let sequence):
            try refuseTag(sequence.tag, refusal)
            content = .list(try sequence.map { try item($0, file: file, depth: depth + 1) })
        case .mapping(let mapping):
            try refuseTag(mapping.tag, refusal)
            content = .mapping(try entries(mapping, file: file, depth: depth + 1))
        case .alias:
            throw refusal("anchors and aliases are not accepted: write the value out")
        }
        return YAMLItem(content: content, file: file, line: line, column: column)
    }

    private static func entries(_ mapping: Node.Mapping, file: String, depth: Int) throws -> [YAMLItem.Entry] {
        var names: Set<String> = []
        return try mapping.map { key, value in
            guard case .scalar(let scalar) = key else {
                throw YAMLError(
                    file: file,
                    line: key.mark?.line ?? 1,
                    column: key.mark?.column ?? 1,
                    message: "expected a word as key, got a list or a mapping"
                )
            }
            let name = scalar.string
            let key = try item(key, file: file, depth: depth)
            guard names.insert(name).inserted else { throw key.error(duplicate([name])) }
            return YAMLItem.Entry(key: key, name: name, value: try item(value, file: file, depth: depth))
        }
    }

    private static func refuseTag(_ tag: Tag, _ refusal: (String) -> YAMLError) throws {
        // Looking for duplicate keys gives plain keys the tag of text.
        guard tag.rawValue.isEmpty || tag.rawValue == Tag.Name.str.rawValue else {
            throw refusal("tags are not accepted, got `\(tag.rawValue)`: remove it, every value is text")
        }
    }

    private static func duplicate(_ names: [String]) -> String {
        let keys = names.sorted().map { "`\($0)`" }.joined(separator: ", ")
        return "the key \(keys) stands more than once in one mapping: keep one"
    }

    private static func describe(_ error: YamlError, file: String) -> YAMLError {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            let context = context.map { "\($0.text), " } ?? ""
            // The parser has a limit of its own, far beyond ours.
            let isTooDeep = problem.hasPrefix("Maximum nesting level")
            return YAMLError(
                file: file,
                line: mark.line,
                column: mark.column,
                message: isTooDeep ? tooDeep : "not readable as YAML: \(context)\(problem)"
            )
        case .composer(let context, let problem, let mark, _):
            let message =
                context == nil
                ? "not readable as YAML: \(problem)"
                : "a second document begins here: expected one document, put the other into a file of its own"
            return YAMLError(file: file, line: mark.line, column: mark.column, message: message)
        case .duplicatedKeysInMapping(let names, let context):
            return YAMLError(
                file: file,
                line: context.mark.line,
                column: context.mark.column,
                message: duplicate(names)
            )
        case .reader(let problem, let offset, _, let text):
            let before = text.prefix(offset ?? 0)
            let line = before.filter(\.isNewline).count + 1
            let column = before.reversed().prefix { !$0.isNewline }.count + 1
            return YAMLError(file: file, line: line, column: column, message: "not readable as YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return YAMLError(file: file, line: 1, column: 1, message: "not readable as YAML: \(error)")
        }
    }
}
