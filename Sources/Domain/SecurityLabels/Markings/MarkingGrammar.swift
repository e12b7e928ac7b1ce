/// One label policy's markings, made ready for reading and writing.
///
/// Classes without mutable state, so that reading a marking shares the tables and does not count references to each.
final class MarkingGrammar: Sendable {
    /// The beginning of a marking in one ladder's form.
    final class Head: Sendable {
        let ladder: Int
        let form: HeadForm
        /// Finds words by their spellings; the value is an index into `spellings`.
        let words: PhraseTrie
        let spellings: [(word: Int, former: String?)]
        let owners: [LabelOwner]
        let ownerTrie: PhraseTrie
        let classifications: [Classification]
        /// Whose information a marking is about that does not name the owner; empty or one.
        let impliedOwners: [LabelOwner]
        /// The words that are no longer given.
        let ended: [Bool]
        /// The first byte of a marking in this form, where the form begins with text.
        let firstByte: UInt8?

        init(
            ladder: Int,
            form: HeadForm,
            words: PhraseTrie,
            spellings: [(word: Int, former: String?)],
            owners: [LabelOwner],
            known: [ClassificationWord]
        ) {
            classifications = known.map(\.classification)
            ended = known.map { $0.validity.until != nil }
            if case .text(let text) = form.parts.first { firstByte = text.utf8.first } else { firstByte = nil }
            self.ladder = ladder
            self.form = form
            self.words = words
            self.spellings = spellings
            self.owners = owners
            impliedOwners = Array(owners.prefix(1))
            ownerTrie = PhraseTrie(owners.enumerated().map { (phrase: $1.rawValue, value: Int32($0)) })
        }
    }

    /// What a phrase after the head is.
    enum Item: Sendable {
        case value(category: Int, value: Int, former: String?)
        case lead(category: Int)
        /// A code with which the list of a category without leading words begins.
        case list(category: Int)
        case community(CommunityName)
        case type(MessageType)
    }

    final class Category: Sendable {
        let set: CategorySet
        /// Categories that share a field have one number.
        let field: Int
        /// The values and codes, in the order in which they are written.
        let values: [Value]
        let codes: PhraseTrie
        /// What goes before open words in the label, such as `SAR-`.
        let prefix: String
        /// Values by the text that stands in labels.
        let indices: [String: Int]
        let isConstrained: Bool

        init(set: CategorySet, field: Int, values: [Value]) {
            self.set = set
            self.field = field
            self.values = values
            var phrases: [(phrase: String, value: Int32)] = []
            for (index, value) in values.enumerated() {
                for spelling in value.phrase.spellings { phrases.append((spelling, Int32(index))) }
            }
            codes = PhraseTrie(phrases)
            let lead = set.lead?.banner ?? ""
            prefix = lead.hasSuffix("-") ? lead : ""
            indices = Dictionary(values.enumerated().map { ($1.name, $0) }) { first, _ in first }
            isConstrained = !set.constraints.isEmpty || values.contains { !$0.constraints.isEmpty }
        }
    }

    final class Value: Sendable {
        let name: String
        let phrase: MarkingPhrase
        let constraints: CategoryConstraints
        let isConstrained: Bool
        let component: Component

        init(_ name: String, _ phrase: MarkingPhrase, _ constraints: CategoryConstraints, _ component: Component) {
            self.name = name
            self.phrase = phrase
            self.constraints = constraints
            self.component = component
            isConstrained = !constraints.isEmpty
        }
    }

    /// What a value becomes in a label.
    enum Component: Sendable {
        case compartment(Compartment)
        case caveat(Caveat)
        case release(ReleasabilityCode)
    }

    struct Separator: Sendable {
        let bytes: [UInt8]
        let isField: Bool
        let isValue: Bool
    }

    let policy: LabelPolicy
    let codes: LabelCodes
    let heads: [Head]
    let items: PhraseTrie
    let itemTable: [Item]
    /// Every phrase of `items`, for suggestions.
    let itemPhrases: [String]
    let categories: [Category]
    let fieldCount: Int
    /// Longest first; a separator of spaces alone is the last.
    let separators: [Separator]
    let spaceSeparator: Separator?

    /// - Throws: `LabelError` when a phrase could be read in two ways.
    init(
        _ policy: LabelPolicy,
        codes: LabelCodes,
        communities: [CommunityName],
        types: [MessageType]
    ) throws(LabelError) {
        self.policy = policy
        self.codes = codes
        heads = try Self.heads(of: policy, codes)
        var fields: [String] = []
        categories = try Self.categories(of: policy, codes, &fields)
        fieldCount = fields.count
        var builder = ItemBuilder()
        for (index, category) in categories.enumerated() { try builder.add(category, index) }
        for community in communities { try builder.add(community.rawValue, .community(community), "a community") }
        for type in types { try builder.add(type.rawValue, .type(type), "a message type") }
        items = PhraseTrie(builder.phrases)
        itemTable = builder.table
        itemPhrases = builder.phrases.map(\.phrase)
        (separators, spaceSeparator) = Self.separators(of: policy.syntax)
    }

    // MARK: - Parts

    private static func heads(of policy: LabelPolicy, _ codes: LabelCodes) throws(LabelError) -> [Head] {
        var heads: [Head] = []
        for (index, ladder) in policy.ladders.enumerated() {
            var spellings: [(Int, String?)] = []
            var phrases: [(String, Int32)] = []
            var seen: [String: String] = [:]
            for (wordIndex, word) in ladder.words.enumerated() {
                for spelling in word.phrase.spellings {
                    if let first = seen.updateValue(word.classification.rawValue, forKey: spelling) {
                        throw .ambiguous(text: spelling, first: first, second: word.classification.rawValue)
                    }
                    phrases.append((spelling, Int32(spellings.count)))
                    spellings.append((wordIndex, word.phrase.formerly.contains(spelling) ? spelling : nil))
                }
            }
            var owners: [LabelOwner] = []
            for code in ladder.owners.resolved(among: codes.all) { owners.append(try LabelOwner(code)) }
            heads.append(
                Head(
                    ladder: index,
                    form: ladder.form,
                    words: PhraseTrie(phrases.map { (phrase: $0.0, value: $0.1) }),
                    spellings: spellings.map { (word: $0.0, former: $0.1) },
                    owners: owners,
                    known: ladder.words
                )
            )
        }
        return heads
    }

    private static func categories(
        of policy: LabelPolicy,
        _ codes: LabelCodes,
        _ fields: inout [String]
    ) throws(LabelError) -> [Category] {
        var categories: [Category] = []
        for set in policy.categories {
            if !fields.contains(set.field) { fields.append(set.field) }
            var values: [Value] = []
            for value in set.values {
                values.append(
                    try Self.value(value.name, value.phrase, value.constraints, fills: set.fills)
                )
            }
            let overridden = Set(set.values.map(\.name))
            for code in set.codes?.resolved(among: codes.all) ?? [] {
                let name = set.fills == .releasableTo ? code : "\(set.lead?.banner ?? set.name) \(code)"
                guard !overridden.contains(name) else { continue }
                let phrase = MarkingPhrase(banner: code, portion: code, also: [], formerly: [])
                values.append(try Self.value(name, phrase, .none, fills: set.fills))
            }
            if set.mayStandBare, let lead = set.lead {
                values.append(try Self.value(lead.banner, lead, .none, fills: set.fills))
            }
            categories.append(Category(set: set, field: fields.firstIndex(of: set.field) ?? 0, values: values))
        }
        return categories
    }

    private static func value(
        _ name: String,
        _ phrase: MarkingPhrase,
        _ constraints: CategoryConstraints,
        fills: LabelField
    ) throws(LabelError) -> Value {
        let component: Component =
            switch fills {
            case .compartments: .compartment(try Compartment(name))
            case .caveats: .caveat(try Caveat(name))
            case .releasableTo: .release(try ReleasabilityCode(name))
            }
        return Value(name, phrase, constraints, component)
    }

    private static func separators(of syntax: MarkingSyntax) -> ([Separator], Separator?) {
        func trimmed(_ texts: [String]) -> [[UInt8]] {
            texts.map { text in text.utf8.filter { $0 != UInt8(ascii: " ") } }
        }
        let fields = trimmed(syntax.fields)
        let values = trimmed(syntax.values)
        var separators: [Separator] = []
        for bytes in fields + values where !separators.contains(where: { $0.bytes == bytes }) {
            separators.append(
                Separator(bytes: bytes, isField: fields.contains(bytes), isValue: values.contains(bytes))
            )
        }
        let visible = separators.filter { !$0.bytes.isEmpty }.sorted { $0.bytes.count > $1.bytes.count }
        return (visible, separators.first { $0.bytes.isEmpty })
    }

    /// Collects what phrases mean, and refuses a phrase that means two things.
    private struct ItemBuilder {
        var phrases: [(phrase: String, value: Int32)] = []
        var table: [Item] = []
        private var seen: [String: String] = [:]

        mutating func add(_ category: Category, _ index: Int) throws(LabelError) {
            let set = category.set
            if let lead = set.lead {
                for spelling in lead.spellings { try add(spelling, .lead(category: index), set.name) }
            } else if set.trail != nil {
                for value in category.values {
                    for spelling in value.phrase.spellings { try add(spelling, .list(category: index), set.name) }
                }
            } else {
                for (number, value) in category.values.enumerated() {
                    for spelling in value.phrase.spellings {
                        let former = value.phrase.formerly.contains(spelling) ? spelling : nil
                        try add(spelling, .value(category: index, value: number, former: former), value.name)
                    }
                }
            }
        }

        mutating func add(_ phrase: String, _ item: Item, _ meaning: String) throws(LabelError) {
            if let first = seen.updateValue(meaning, forKey: phrase), first != meaning {
                throw .ambiguous(text: phrase, first: first, second: meaning)
            }
            phrases.append((phrase, Int32(table.count)))
            table.append(item)
        }
    }
}
