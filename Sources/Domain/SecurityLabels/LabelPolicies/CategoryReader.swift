import StrictYAML

/// Reads the category sets of a label policy file.
struct CategoryReader {
    let ladders: [ClassificationLadder]
    private var names: Set<String> = []
    private var spellings: [String: String] = [:]
    private var references: [(name: String, item: YAMLItem)] = []

    init(ladders: [ClassificationLadder]) {
        self.ladders = ladders
    }

    mutating func read(_ item: YAMLItem?) throws(YAMLError) -> [CategorySet] {
        guard let item else { return [] }
        var categories: [CategorySet] = []
        for entry in try item.entries("categories") {
            try declare(entry.name, at: entry.key)
            categories.append(try readCategory(entry))
        }
        for (name, item) in references where !names.contains(name) {
            throw item.error("unknown value or category `\(name)`: expected one that this file declares; correct it")
        }
        return categories
    }

    private mutating func declare(_ name: String, at item: YAMLItem) throws(YAMLError) {
        guard names.insert(name).inserted else {
            throw item.error("`\(name)` stands twice among the values and categories: rename one")
        }
    }

    private mutating func readCategory(_ entry: YAMLItem.Entry) throws(YAMLError) -> CategorySet {
        let item = entry.value
        let parts = try item.fields(
            "the category",
            [
                "kind", "fills", "field", "lead", "trail", "nested", "open", "bare", "values", "codes", "between",
                "first", "least",
                "classifications", "needs", "excludes", "roll-up", "absence-means", "when-empty",
            ]
        )
        let kind = try item.required("kind", "the category", in: parts)
            .choice("a kind", CategoryKind.allCases.map { ($0.rawValue, $0) })
        let fills = try item.required("fills", "the category", in: parts)
            .choice("a part of the label", LabelField.allCases.map { ($0.rawValue, $0) })
        let lead = try readLead(parts["lead"])
        let trail = try parts["trail"]?.text("the words after the values")
        let isOpen = try LabelPolicyReader.flag(parts["open"], "whether words that are not listed may stand here")
        let codes = try parts["codes"].map { item throws(YAMLError) in try LabelPolicyReader.selection(item) }
        guard parts["values"] != nil || codes != nil || isOpen else {
            throw item.error("the category has no `values` and no `codes`: add one of them")
        }
        if fills == .releasableTo, kind != .permissive {
            throw item.error("expected a permissive category for `releasable-to`, got `\(kind.rawValue)`")
        }
        var values: [CategoryValue] = []
        for value in try parts["values"]?.entries("values") ?? [] {
            let read = try readValue(value, fills: fills)
            if lead == nil, trail == nil {
                try LabelPolicyReader.note(read.phrase, of: value.name, at: value.key, in: &spellings)
            }
            values.append(read)
        }
        if let whenEmpty = parts["when-empty"] { references.append((try whenEmpty.text("a value"), whenEmpty)) }
        return CategorySet(
            name: entry.name,
            kind: kind,
            fills: fills,
            field: try parts["field"]?.text("a field's name") ?? entry.name,
            lead: lead,
            trail: trail,
            isNested: try LabelPolicyReader.flag(parts["nested"], "whether values go on with compartments"),
            isOpen: isOpen,
            mayStandBare: try LabelPolicyReader.flag(parts["bare"], "whether the lead may stand alone"),
            values: values,
            codes: codes,
            between: try parts["between"]?.text("a separator") ?? ", ",
            first: try parts["first"]?.text("a code"),
            least: try parts["least"]?.integer("how many codes stand there at least", in: 1...9) ?? 1,
            constraints: try readConstraints(parts),
            rollUp: try parts["roll-up"]?.choice("a rule", RollUpRule.allCases.map { ($0.rawValue, $0) })
                ?? (kind == .permissive ? .intersect : .unite),
            absence: try parts["absence-means"]?
                .choice("a meaning", AbsenceMeaning.allCases.map { ($0.rawValue, $0) }) ?? .everybody,
            whenEmpty: try parts["when-empty"]?.text("a value")
        )
    }

    private func readLead(_ item: YAMLItem?) throws(YAMLError) -> MarkingPhrase? {
        guard let item else { return nil }
        if case .text(let text) = item.content { return try LabelPolicyReader.phrase(of: text, [:]) }
        let parts = try item.fields("the lead", ["banner", "portion", "also", "formerly"])
        return try LabelPolicyReader.phrase(of: item.required("banner", "the lead", in: parts).text("words"), parts)
    }

    private mutating func readValue(_ entry: YAMLItem.Entry, fills: LabelField) throws(YAMLError) -> CategoryValue {
        let name = entry.name
        do {
            switch fills {
            case .compartments: _ = try Compartment(name)
            case .caveats: _ = try Caveat(name)
            case .releasableTo: _ = try ReleasabilityCode(name)
            }
        } catch {
            throw entry.key.error("expected a value that labels can hold: \(error)")
        }
        if fills != .releasableTo { try declare(name, at: entry.key) }
        let parts = try entry.value.fields(
            "the value",
            ["banner", "portion", "also", "formerly", "classifications", "needs", "excludes"]
        )
        return CategoryValue(
            name: name,
            phrase: try LabelPolicyReader.phrase(of: name, parts),
            constraints: try readConstraints(parts)
        )
    }

    private mutating func readConstraints(_ parts: [String: YAMLItem]) throws(YAMLError) -> CategoryConstraints {
        var classifications: [Classification] = []
        for item in try parts["classifications"]?.items("classifications") ?? [] {
            let word = try item.value("a classification") { text throws(LabelError) in try Classification(text) }
            guard ladders.contains(where: { $0.words.contains { $0.classification == word } }) else {
                throw item.error("unknown classification `\(word)`: expected a word of one of the ladders; correct it")
            }
            classifications.append(word)
        }
        return CategoryConstraints(
            classifications: classifications,
            needs: try readReferences(parts["needs"]),
            excludes: try readReferences(parts["excludes"])
        )
    }

    private mutating func readReferences(_ item: YAMLItem?) throws(YAMLError) -> [String] {
        var names: [String] = []
        for item in try item?.items("values or categories") ?? [] {
            let name = try item.text("a value or category")
            names.append(name)
            references.append((name, item))
        }
        return names
    }
}
