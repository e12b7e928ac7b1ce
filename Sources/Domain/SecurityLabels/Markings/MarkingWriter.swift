/// Writes the marking of a label whose words are known.
struct MarkingWriter {
    let grammar: MarkingGrammar
    let form: MarkingForm

    func write(_ label: ConfidentialityLabel, _ parts: LabelParts) -> String {
        let syntax = grammar.policy.syntax
        var fields: [String] = []
        var previous = -1
        for (index, category) in grammar.categories.enumerated() {
            let uses = parts.uses.filter { $0.use.category == index }
            guard !uses.isEmpty else { continue }
            let text = write(uses, of: category)
            if category.field == previous, let last = fields.popLast() {
                fields.append(last + syntax.values[0] + text)
            } else {
                fields.append(text)
            }
            previous = category.field
        }
        if let community = label.community { fields.append(community.rawValue) }
        if let type = label.type { fields.append(type.rawValue) }
        let marking = ([head(label, parts)] + fields).joined(separator: syntax.fields[0])
        return form == .portion ? "(\(marking))" : marking
    }

    private func head(_ label: ConfidentialityLabel, _ parts: LabelParts) -> String {
        grammar.heads[parts.head].form.parts.map { part in
            switch part {
            case .text(let text): text
            case .word: spelling(parts.word.phrase)
            case .owner: label.owner.rawValue
            case .owners: label.owners.map(\.rawValue).joined(separator: " ")
            }
        }.joined()
    }

    private func spelling(_ phrase: MarkingPhrase) -> String {
        form == .portion ? phrase.portion : phrase.banner
    }

    private func write(_ uses: [LabelParts.Part], of category: MarkingGrammar.Category) -> String {
        let set = category.set
        if set.isNested || (set.isOpen && set.codes == nil) { return writeNested(uses, of: category) }
        var texts: [String] = []
        var isBare = false
        let ordered = uses.filter { $0.text == set.first } + uses.filter { $0.text != set.first }
        for use in ordered {
            let value = category.values[use.use.value]
            if set.mayStandBare, value.name == set.lead?.banner {
                isBare = true
            } else {
                texts.append(spelling(value.phrase))
            }
        }
        let separator = set.lead == nil && set.trail == nil ? grammar.policy.syntax.values[0] : set.between
        guard let lead = set.lead.map(spelling) else {
            return texts.joined(separator: separator) + (set.trail.map { " \($0)" } ?? "")
        }
        let list = texts.isEmpty ? nil : "\(lead) \(texts.joined(separator: separator))"
        let bare = isBare ? lead : nil
        return [list, bare].compactMap { $0 }.joined(separator: grammar.policy.syntax.values[0])
    }

    /// Writes `SI-G ABCD DEFG-MMM/TK` from the flat list that labels hold.
    private func writeNested(_ uses: [LabelParts.Part], of category: MarkingGrammar.Category) -> String {
        var tree: [String: [String: [String]]] = [:]
        for use in uses {
            let segments = use.text.dropFirst(category.prefix.count).split(separator: "-").map(String.init)
            var compartments = tree[segments[0], default: [:]]
            if segments.count > 1 { compartments[segments[1], default: []] += segments.dropFirst(2) }
            tree[segments[0]] = compartments
        }
        // Words that are not listed come last: they are read only where a listed one has said what they are.
        func rank(_ root: String) -> Int { category.indices[root] ?? Int.max }
        let roots = tree.keys.sorted { (rank($0), $0) < (rank($1), $1) }
        let texts = roots.map { root in
            var text =
                category.indices[root].map { spelling(category.values[$0].phrase) }
                ?? root.replacing(".", with: " ")
            for (compartment, below) in tree[root, default: [:]].sorted(by: { $0.key < $1.key }) {
                text += "-" + ([compartment] + below.sorted()).joined(separator: " ")
            }
            return text
        }
        return category.prefix + texts.joined(separator: grammar.policy.syntax.values[0])
    }
}
