import CanonicalEncoding
import StrictYAML

/// Reads a label policy file, one part after the other.
struct LabelPolicyReader {
    private let root: YAMLItem
    private let fields: [String: YAMLItem]
    private var ladders: [ClassificationLadder] = []

    init(yaml: String, file: String) throws(YAMLError) {
        root = try YAMLFile.read(yaml, file: file)
        fields = try root.fields(
            "a label policy",
            [
                "format", "name", "version", "identifier", "title", "reference", "owner-left-out", "marking", "ladders",
                "categories", "equivalents",
            ]
        )
        try Self.checkFormat(root, fields)
    }

    static func checkFormat(_ root: YAMLItem, _ fields: [String: YAMLItem]) throws(YAMLError) {
        let format = try root.required("format", "the file", in: fields)
        guard try format.text("the format's number") == "1" else {
            throw format.error("expected format `1`, got \(format.found): this release reads no other")
        }
    }

    mutating func read() throws(YAMLError) -> LabelPolicy {
        let name = try root.required("name", "the label policy", in: fields)
            .value("the policy's name") { text throws(LabelError) in try LabelPolicyName(text) }
        let syntax = try readSyntax()
        try readLadders()
        var categoryReader = CategoryReader(ladders: ladders)
        let categories = try categoryReader.read(fields["categories"])
        var equivalents: [LabelEquivalence] = []
        if let item = fields["equivalents"] {
            for row in try item.items("a list of equivalents") { equivalents.append(try readEquivalent(row, of: name)) }
        }
        return LabelPolicy(
            name: name,
            version: try root.required("version", "the label policy", in: fields).text("a version"),
            identifier: try fields["identifier"]?.text("an identifier"),
            title: try root.required("title", "the label policy", in: fields).text("a title"),
            isReference: try Self.flag(fields["reference"], "whether the policy is a reference"),
            leavesOwnerOut: try Self.flag(fields["owner-left-out"], "whether markings leave the owner out"),
            ladders: ladders,
            categories: categories,
            syntax: syntax,
            equivalents: equivalents
        )
    }

    private func readSyntax() throws(YAMLError) -> MarkingSyntax {
        guard let item = fields["marking"] else { return MarkingSyntax(fields: ["//"], values: ["/"]) }
        let parts = try item.fields("the marking's separators", ["fields", "values"])
        func list(_ key: String) throws(YAMLError) -> [String] {
            var texts: [String] = []
            for item in try item.required(key, "the marking", in: parts).items("separators") {
                let text = try item.text("a separator")
                guard text.unicodeScalars.allSatisfy({ MarkingText.mayStandInSeparators($0) }) else {
                    throw item.error("expected a separator of spaces and `/`, `-`, `–`, `,`, `;` or `+`, got `\(text)`")
                }
                texts.append(text)
            }
            return texts
        }
        return MarkingSyntax(fields: try list("fields"), values: try list("values"))
    }

    // MARK: - Ladders

    private mutating func readLadders() throws(YAMLError) {
        for entry in try root.required("ladders", "the label policy", in: fields).entries("ladders of words") {
            let parts = try entry.value.fields("the ladder", ["owners", "form", "words", "merges-as"])
            let formItem = try entry.value.required("form", "the ladder", in: parts)
            guard let form = HeadForm(try formItem.text("a form such as `{word}`")) else {
                throw formItem.error(
                    "expected a form with `{word}` once and `{owner}` or `{owners}` at most once, got \(formItem.found)"
                )
            }
            var words: [ClassificationWord] = []
            var spellings: [String: String] = [:]
            for word in try entry.value.required("words", "the ladder", in: parts).entries("classification words") {
                let read = try readWord(word)
                try Self.note(read.phrase, of: word.name, at: word.key, in: &spellings)
                words.append(read)
            }
            for (item, word) in zip(try parts["words"]?.entries("words") ?? [], words) {
                guard let successor = word.successor else { continue }
                guard words.contains(where: { $0.classification == successor }) else {
                    throw item.value.error(
                        "unknown successor `\(successor)`: expected a word of the same ladder; correct it"
                    )
                }
            }
            let owners = try entry.value.required("owners", "the ladder", in: parts)
            ladders.append(
                ClassificationLadder(
                    name: entry.name,
                    owners: try Self.selection(owners),
                    form: form,
                    words: words.sorted { $0.rank < $1.rank },
                    mergesAs: try parts["merges-as"]?.text("a category's name")
                )
            )
        }
    }

    private func readWord(_ entry: YAMLItem.Entry) throws(YAMLError) -> ClassificationWord {
        let classification = try entry.key.value("a classification") { text throws(LabelError) in
            try Classification(text)
        }
        let parts = try entry.value.fields(
            "the classification",
            ["rank", "banner", "portion", "also", "formerly", "from", "until", "successor"]
        )
        return ClassificationWord(
            classification: classification,
            rank: try entry.value.required("rank", "the classification", in: parts).integer("a rank", in: 0...99),
            phrase: try Self.phrase(of: entry.name, parts),
            validity: try Self.validity(parts),
            successor: try parts["successor"]?.value("a classification") { text throws(LabelError) in
                try Classification(text)
            }
        )
    }

    // MARK: - Equivalents

    private func readEquivalent(_ row: YAMLItem, of name: LabelPolicyName) throws(YAMLError) -> LabelEquivalence {
        let parts = try row.fields(
            "a row of equivalents",
            ["word", "ladder", "policy", "is", "from", "until", "direction", "source"]
        )
        let wordItem = try row.required("word", "the row", in: parts)
        let word = try wordItem.value("a classification") { text throws(LabelError) in try Classification(text) }
        let ladder: ClassificationLadder
        if let item = parts["ladder"] {
            let text = try item.text("a ladder's name")
            guard let match = ladders.first(where: { $0.name == text }) else {
                throw item.error(
                    "unknown ladder `\(text)`: expected one of \(Self.list(ladders.map(\.name))); correct it"
                )
            }
            ladder = match
        } else {
            ladder = ladders[0]
        }
        guard ladder.words.contains(where: { $0.classification == word }) else {
            let known = Self.list(ladder.words.map(\.classification.rawValue))
            throw wordItem.error("unknown classification `\(word)`: expected one of \(known); correct it")
        }
        let policyItem = try row.required("policy", "the row", in: parts)
        let policy = try policyItem.value("a label policy") { text throws(LabelError) in try LabelPolicyName(text) }
        guard policy != name else {
            throw policyItem.error("expected another label policy, got `\(policy)`, which is this one")
        }
        return LabelEquivalence(
            ladder: ladder.name,
            word: word,
            otherPolicy: policy,
            otherWord: try row.required("is", "the row", in: parts).value("a classification") {
                text throws(LabelError) in try Classification(text)
            },
            validity: try Self.validity(parts),
            direction: try parts["direction"]?
                .choice("a direction", LabelEquivalence.Direction.allCases.map { ($0.rawValue, $0) }) ?? .both,
            source: try parts["source"]?.text("a source")
        )
    }

    // MARK: - Parts

    static func phrase(of name: String, _ parts: [String: YAMLItem]) throws(YAMLError) -> MarkingPhrase {
        func text(_ key: String) throws(YAMLError) -> String? {
            guard let item = parts[key] else { return nil }
            return try markingText(item)
        }
        func list(_ key: String) throws(YAMLError) -> [String] {
            guard let item = parts[key] else { return [] }
            var texts: [String] = []
            for item in try item.items("spellings") { texts.append(try markingText(item)) }
            return texts
        }
        let banner = try text("banner") ?? name
        return MarkingPhrase(
            banner: banner,
            portion: try text("portion") ?? banner,
            also: try list("also"),
            formerly: try list("formerly")
        )
    }

    /// Refuses a spelling that means something else already.
    static func note(
        _ phrase: MarkingPhrase,
        of name: String,
        at item: YAMLItem,
        in spellings: inout [String: String]
    ) throws(YAMLError) {
        for spelling in phrase.spellings {
            guard let first = spellings.updateValue(name, forKey: spelling) else { continue }
            throw item.error(
                "`\(spelling)` is a spelling of `\(first)` and of `\(name)`: a marking could be read in two ways, change one"
            )
        }
    }

    private static func markingText(_ item: YAMLItem) throws(YAMLError) -> String {
        let text = try item.text("a spelling")
        if let problem = MarkingText.problem(in: text) { throw item.error(problem) }
        return text
    }

    static func validity(_ parts: [String: YAMLItem]) throws(YAMLError) -> DayRange {
        let from = try parts["from"].map { item throws(YAMLError) in try day(item) }
        let until = try parts["until"].map { item throws(YAMLError) in try day(item) }
        if let from, let until, until < from, let item = parts["until"] {
            throw item.error("expected a day not before `\(from.date)`, got `\(until.date)`: exchange the two days")
        }
        return DayRange(from: from, until: until)
    }

    private static func day(_ item: YAMLItem) throws(YAMLError) -> Timestamp {
        let text = try item.text("a day such as `2026-12-31`")
        do {
            return try Timestamp(date: text)
        } catch {
            throw item.error("expected a day such as `2026-12-31`, got `\(text)`: write year, month and day")
        }
    }

    static func selection(_ item: YAMLItem) throws(YAMLError) -> CodeSelection {
        var everyCode = false
        var codes: [String] = []
        var excluded: [String] = []
        for item in try item.items("codes, or `every code`") {
            var text = try item.text("a code")
            if text == "every code" {
                everyCode = true
                continue
            }
            let isExcluded = text.hasPrefix("not ")
            if isExcluded { text.removeFirst(4) }
            do {
                _ = try LabelOwner(text)
            } catch {
                throw item.error("expected a code, `not` and a code, or `every code`: \(error)")
            }
            guard !codes.contains(text), !excluded.contains(text) else {
                throw item.error("the code `\(text)` stands twice: remove one")
            }
            if isExcluded { excluded.append(text) } else { codes.append(text) }
        }
        guard everyCode || !codes.isEmpty else {
            throw item.error("expected at least one code, or `every code`, got only codes after `not`")
        }
        return CodeSelection(everyCode: everyCode, codes: codes, excluded: excluded)
    }

    static func flag(_ item: YAMLItem?, _ what: String) throws(YAMLError) -> Bool {
        try item?.choice(what, [("true", true), ("false", false)]) ?? false
    }

    static func list(_ names: [String]) -> String { names.map { "`\($0)`" }.joined(separator: ", ") }
}
