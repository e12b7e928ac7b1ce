/// A label's words as the numbers of its policy's grammar.
struct LabelParts {
    /// One value of the label and the text that it has there.
    struct Part {
        let use: LabelRules.Use
        let text: String
    }

    let head: Int
    let word: ClassificationWord
    /// In the order of the categories; within one in the order in which values are written.
    let uses: [Part]

    init(_ label: ConfidentialityLabel, _ grammar: MarkingGrammar) throws(LabelWritingError) {
        var found: (Int, ClassificationWord)?
        for (index, head) in grammar.heads.enumerated() where found == nil {
            guard head.form.isJoint == !label.coOwners.isEmpty else { continue }
            let isOwners = label.owners.allSatisfy { head.owners.contains($0) }
            guard isOwners || grammar.policy.leavesOwnerOut else { continue }
            let words = grammar.policy.ladders[head.ladder].words
            found = words.first { $0.classification == label.classification }.map { (index, $0) }
        }
        guard let found else { throw .unknownClassification(label.classification, owners: label.owners) }
        (head, word) = found
        var uses: [Part] = []
        for compartment in label.compartments {
            uses.append(try Self.part(compartment.rawValue, .compartments, label, grammar))
        }
        for caveat in label.caveats { uses.append(try Self.part(caveat.rawValue, .caveats, label, grammar)) }
        for code in label.releasableTo ?? [] {
            uses.append(try Self.part(code.rawValue, .releasableTo, label, grammar))
        }
        self.uses = uses.sorted { left, right in
            (left.use.category, left.use.value < 0 ? Int.max : left.use.value)
                < (right.use.category, right.use.value < 0 ? Int.max : right.use.value)
        }
    }

    private static func part(
        _ text: String,
        _ field: LabelField,
        _ label: ConfidentialityLabel,
        _ grammar: MarkingGrammar
    ) throws(LabelWritingError) -> Part {
        for (index, category) in grammar.categories.enumerated() where category.set.fills == field {
            if let value = category.indices[text] {
                return Part(use: LabelRules.Use(category: index, value: value), text: text)
            }
        }
        // What lies below a listed value belongs there; only then may an open category claim it.
        let below = grammar.categories.indices.filter { index in
            grammar.categories[index].set.fills == field && isBelow(text, grammar.categories[index], grammar)
        }
        if let index = below.first(where: { hasListedRoot(text, grammar.categories[$0]) }) ?? below.first {
            let category = grammar.categories[index]
            if let parent = parent(of: text, category), !label.compartments.contains(where: { $0.rawValue == parent }) {
                throw .missingParent(text, parent: parent)
            }
            return Part(use: LabelRules.Use(category: index, value: -1), text: text)
        }
        throw .unknownValue(text, field: field, policy: grammar.policy.name)
    }

    /// Whether the text is a word that the category admits without listing it.
    private static func isBelow(
        _ text: String,
        _ category: MarkingGrammar.Category,
        _ grammar: MarkingGrammar
    ) -> Bool {
        guard category.set.isNested || category.set.isOpen, text.hasPrefix(category.prefix) else { return false }
        let segments = text.dropFirst(category.prefix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard segments.count <= (category.set.isNested ? 3 : 1), let root = segments.first, !root.isEmpty else {
            return false
        }
        // A word between spaces can have no other characters than these.
        for (index, segment) in segments.enumerated() {
            guard !segment.isEmpty else { return false }
            let allowed = segment.utf8.allSatisfy { byte in
                MarkingScanner.isWordByte(byte)
                    || (byte == UInt8(ascii: ".") && index == 0 && !category.prefix.isEmpty)
            }
            guard allowed else { return false }
        }
        if category.indices[String(root)] != nil { return true }
        // A name that begins with a word of the policy would be read as that word.
        var name = root.replacing(".", with: " ")
        return category.set.isOpen && name.withUTF8 { grammar.items.longestMatch(in: $0, from: 0) } == nil
    }

    private static func hasListedRoot(_ text: String, _ category: MarkingGrammar.Category) -> Bool {
        guard category.prefix.isEmpty, let root = text.split(separator: "-").first else { return true }
        return category.indices[String(root)] != nil
    }

    private static func parent(of text: String, _ category: MarkingGrammar.Category) -> String? {
        guard let dash = text.lastIndex(of: "-") else { return nil }
        let parent = text[..<dash]
        return parent.count < category.prefix.count ? nil : String(parent)
    }
}
