/// One piece of a YAML file with its place: text, a list or a mapping, and nothing else of YAML.
package struct YAMLItem: Sendable {
    package enum Content: Sendable {
        case text(String)
        case list([YAMLItem])
        case mapping([Entry])
    }

    package struct Entry: Sendable {
        package let key: YAMLItem
        package let name: String
        package let value: YAMLItem
    }

    package let content: Content
    package let file: String
    package let line: Int
    package let column: Int

    package func error(_ message: String) -> YAMLError {
        YAMLError(file: file, line: line, column: column, message: message)
    }

    /// What stands here, in words for an error.
    package var found: String {
        switch content {
        case .text(let text): text.isEmpty ? "nothing" : "`\(text)`"
        case .list(let items): items.isEmpty ? "an empty list" : "a list"
        case .mapping(let entries): entries.isEmpty ? "an empty mapping" : "a mapping"
        }
    }

    /// The text here.
    /// - Throws: `YAMLError` for a list, a mapping or no text.
    package func text(_ what: String) throws(YAMLError) -> String {
        guard case .text(let text) = content, !text.isEmpty else {
            throw error("expected \(what), got \(found)")
        }
        return text
    }

    /// The items of a list, or the one text in place of it.
    /// - Throws: `YAMLError` for a mapping, an empty list or no text.
    package func items(_ what: String) throws(YAMLError) -> [YAMLItem] {
        switch content {
        case .text(let text) where !text.isEmpty: return [self]
        case .list(let items) where !items.isEmpty: return items
        case .list:
            throw error("expected \(what), got an empty list: leave the key out where it is not needed")
        case .text, .mapping:
            throw error("expected \(what), got \(found)")
        }
    }

    /// The entries of a mapping with names of its own choosing, such as the partners.
    /// - Throws: `YAMLError` for anything else and for an empty mapping.
    package func entries(_ what: String) throws(YAMLError) -> [Entry] {
        guard case .mapping(let entries) = content, !entries.isEmpty else {
            let advice = if case .mapping = content { ": leave the key out where it is not needed" } else { "" }
            throw error("expected \(what), got \(found)\(advice)")
        }
        return entries
    }

    /// The values of a mapping whose keys are known.
    /// - Parameter aliases: Second spellings of keys; a mapping may use one spelling of a key only.
    /// - Throws: `YAMLError` for anything else and for a key that is not known.
    package func fields(
        _ what: String,
        _ keys: [String],
        aliases: [String: String] = [:]
    ) throws(YAMLError) -> [String: YAMLItem] {
        guard case .mapping(let entries) = content else {
            throw error("expected \(what) with the keys \(list(keys)), got \(found)")
        }
        var fields: [String: YAMLItem] = [:]
        var spellings: [String: String] = [:]
        for entry in entries {
            let name = aliases[entry.name] ?? entry.name
            guard keys.contains(name) else {
                throw entry.key.error(
                    "unknown key `\(entry.name)` in \(what): expected one of \(list(keys)); correct or remove it"
                )
            }
            if let other = spellings.updateValue(entry.name, forKey: name) {
                throw entry.key.error("`\(entry.name)` says again what `\(other)` says: keep one of them")
            }
            fields[name] = entry.value
        }
        return fields
    }

    /// The value of a key that must be there.
    package func required(_ key: String, _ what: String, in fields: [String: YAMLItem]) throws(YAMLError) -> YAMLItem {
        guard let item = fields[key] else { throw error("\(what) has no `\(key)`: add it") }
        return item
    }

    private func list(_ keys: [String]) -> String { keys.map { "`\($0)`" }.joined(separator: ", ") }
}
