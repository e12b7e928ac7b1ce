import Yams

/// One value of a YAML file with its place. Scalars are text and nothing else: `NO` is a word, `1:30` is no number.
struct ConfigurationText {
    enum Content {
        case text(String)
        case list([ConfigurationText])
        case mapping([(key: ConfigurationText, value: ConfigurationText)])
    }

    let content: Content
    let file: String
    let line: Int
    let column: Int

    static let maximumSize = 1 << 20
    private static let maximumDepth = 8

    /// Reads the one document of a file. Anchors, aliases, tags, duplicate keys and further documents are refused.
    static func parse(_ bytes: [UInt8], file: String) throws(CommandFailure) -> ConfigurationText {
        let start = ConfigurationText(content: .text(""), file: file, line: 1, column: 1)
        guard bytes.count <= maximumSize else {
            throw start.failure("expected at most \(maximumSize) bytes, got \(bytes.count)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw start.failure("expected UTF-8 text") }
        do {
            // The parser is kept to the end: nodes know of their anchors only while it lives.
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            guard let root = try parser.singleRoot() else { throw start.failure("expected a mapping, got nothing") }
            return try withExtendedLifetime(parser) { try value(of: root, file: file, depth: 0) }
        } catch let failure as CommandFailure {
            throw failure
        } catch let error as YamlError {
            throw start.failure(error)
        } catch {
            throw start.failure("not readable as YAML: \(error)")
        }
    }

    /// The failure that names the place.
    func failure(_ message: String, next: String? = nil) -> CommandFailure {
        CommandFailure("\(file):\(line):\(column): \(message)", next: next, status: .badConfiguration)
    }

    /// What stands here, for messages.
    var found: String {
        switch content {
        case .text(let text): text.isEmpty ? "nothing" : "`\(text)`"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    private static func value(of node: Node, file: String, depth: Int) throws -> ConfigurationText {
        let place = ConfigurationText(
            content: .text(""),
            file: file,
            line: node.mark?.line ?? 1,
            column: node.mark?.column ?? 1
        )
        guard depth <= maximumDepth else { throw place.failure("nested deeper than \(maximumDepth) levels") }
        if let anchor = node.anchor {
            throw place.failure("anchors and aliases are not accepted, got `\(anchor.rawValue)`: write the value out")
        }
        let content: Content
        switch node {
        case .scalar(let scalar):
            try refuse(scalar.tag, at: place)
            content = .text(scalar.string)
        case .sequence(let sequence):
            try refuse(sequence.tag, at: place)
            content = .list(try sequence.map { try value(of: $0, file: file, depth: depth + 1) })
        case .mapping(let mapping):
            try refuse(mapping.tag, at: place)
            content = .mapping(
                try mapping.map {
                    (
                        try value(of: $0.key, file: file, depth: depth + 1),
                        try value(of: $0.value, file: file, depth: depth + 1)
                    )
                }
            )
        case .alias:
            throw place.failure("anchors and aliases are not accepted: write the value out")
        }
        return ConfigurationText(content: content, file: file, line: place.line, column: place.column)
    }

    private static func refuse(_ tag: Tag, at place: ConfigurationText) throws {
        // The parser itself gives plain keys the tag of text when it looks for duplicates.
        guard tag.rawValue.isEmpty || tag.rawValue == Tag.Name.str.rawValue else {
            throw place.failure("tags are not accepted, got `\(tag.rawValue)`: remove it")
        }
    }

    private func failure(_ error: YamlError) -> CommandFailure {
        func at(_ mark: Mark, _ message: String) -> CommandFailure {
            ConfigurationText(content: content, file: file, line: mark.line, column: mark.column).failure(message)
        }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return at(mark, "not readable as one YAML document: \(problem)")
        case .duplicatedKeysInMapping(let names, let context):
            let keys = names.sorted().map { "`\($0)`" }.joined(separator: ", ")
            return at(context.mark, "key \(keys) stands more than once in one mapping: keep one")
        case .reader(let problem, _, _, _):
            return failure("not readable as YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return failure("not readable as YAML: \(error)")
        }
    }
}
