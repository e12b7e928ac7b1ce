/// Reads one marking by a policy's grammar, from the first byte to the last.
struct MarkingScanner {
    /// One value that was read, and where it began.
    struct Used {
        let category: Int
        let value: Int
        let offset: Int
    }

    let grammar: MarkingGrammar
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    /// Where the marking ends, without the closing parenthesis and the spaces before it.
    var end: Int
    var form = MarkingForm.banner

    var word = 0
    var head = 0
    var owners: [LabelOwner] = []
    var compartments: [Compartment] = []
    var caveats: [Caveat] = []
    var releasableTo: [ReleasabilityCode] = []
    var community: CommunityName?
    var type: MessageType?
    var notes: [String] = []
    var used: [Used] = []
    private var seenFields: UInt64 = 0
    private var field = -1

    init(grammar: MarkingGrammar, bytes: UnsafeBufferPointer<UInt8>) {
        self.grammar = grammar
        self.bytes = bytes
        end = bytes.count
    }

    mutating func scan(owner: LabelOwner?) throws(MarkingError) -> ReadMarking {
        try readParentheses()
        try readHead(owner: owner)
        while true {
            skipSpaces()
            guard position < end else { break }
            let separator = try readSeparator()
            skipSpaces()
            try readItem(after: separator)
        }
        try checkConstraints()
        return ReadMarking(
            label: ConfidentialityLabel(
                ascending: grammar.policy.name,
                owners: owners,
                classification: grammar.heads[head].classifications[word],
                compartments: Self.ascending(compartments),
                caveats: Self.ascending(caveats),
                releasableTo: Self.ascending(releasableTo),
                community: community,
                type: type
            ),
            form: form,
            notes: notes
        )
    }

    private static func ascending<Component: LabelComponent>(_ components: [Component]) -> [Component] {
        guard components.count > 1 else { return components }
        // A label has few of each: putting them in place one by one makes no further array.
        var sorted = components
        for end in 1..<sorted.count {
            var place = end
            while place > 0, sorted[place] < sorted[place - 1] {
                sorted.swapAt(place, place - 1)
                place -= 1
            }
        }
        return sorted
    }

    private mutating func readParentheses() throws(MarkingError) {
        while end > 0, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
        skipSpaces()
        guard position < end, bytes[position] == UInt8(ascii: "(") else { return }
        form = .portion
        position += 1
        guard bytes[end - 1] == UInt8(ascii: ")"), end - 1 >= position else {
            throw error(at: end, expected: "`)` at the end of a portion marking")
        }
        end -= 1
        while end > position, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
        skipSpaces()
    }

    // MARK: - Between the values

    private mutating func readSeparator() throws(MarkingError) -> MarkingGrammar.Separator {
        let start = position
        candidates: for separator in grammar.separators {
            guard position + separator.bytes.count <= end else { continue }
            for index in separator.bytes.indices where bytes[position + index] != separator.bytes[index] {
                continue candidates
            }
            position += separator.bytes.count
            return separator
        }
        if let space = grammar.spaceSeparator, position > 0, bytes[position - 1] == UInt8(ascii: " ") { return space }
        let known = (grammar.policy.syntax.fields.prefix(1) + grammar.policy.syntax.values.prefix(1)).map { "`\($0)`" }
        throw error(at: start, expected: "\(known.joined(separator: " or ")) or the end")
    }

    mutating func enter(
        field newField: Int,
        after separator: MarkingGrammar.Separator,
        at offset: Int
    ) throws(MarkingError) {
        let bit: UInt64 = 1 << UInt64(newField & 63)
        if newField == field {
            guard separator.isValue else {
                let between = grammar.policy.syntax.values[0]
                throw error(at: offset, expected: "`\(between)` between the values of one field")
            }
            return
        }
        guard separator.isField else {
            let between = grammar.policy.syntax.fields[0]
            throw error(at: offset, expected: "a value that belongs with the one before, or `\(between)` before it")
        }
        guard seenFields & bit == 0 else {
            throw error(at: offset, expected: "the values of one kind in one field only")
        }
        seenFields |= bit
        field = newField
    }

    private mutating func readItem(after separator: MarkingGrammar.Separator) throws(MarkingError) {
        let start = position
        guard position < end, let match = grammar.items.longestMatch(in: bytes, from: position), match.end <= end else {
            return try readOpenWord(after: separator)
        }
        switch grammar.itemTable[match.value] {
        case .value(let category, let value, let former):
            try enter(field: grammar.categories[category].field, after: separator, at: start)
            position = match.end
            if let former { noteFormer(former, grammar.categories[category].values[value].phrase.banner) }
            try take(category, value, at: start)
            if grammar.categories[category].set.isNested {
                try readCompartments(below: grammar.categories[category].values[value].name)
            }
        case .lead(let category):
            try enter(field: grammar.categories[category].field, after: separator, at: start)
            position = match.end
            try readLed(category, from: start)
        case .list(let category):
            try enter(field: grammar.categories[category].field, after: separator, at: start)
            try readCodes(category)
        case .community(let name):
            guard community == nil else { throw error(at: start, expected: "one community only") }
            try enter(field: 62, after: separator, at: start)
            position = match.end
            community = name
        case .type(let name):
            guard type == nil else { throw error(at: start, expected: "one message type only") }
            try enter(field: 63, after: separator, at: start)
            position = match.end
            type = name
        }
    }

    /// Reads a word that the policy does not list, where the field that it stands in admits such words.
    private mutating func readOpenWord(after separator: MarkingGrammar.Separator) throws(MarkingError) {
        let start = position
        guard separator.isValue, let index = openCategory, position < end else { throw unknownItem(at: start) }
        let category = grammar.categories[index]
        let word = category.prefix.isEmpty ? readWord() : readProgram(below: category)
        guard let name = word else { throw unknownItem(at: start) }
        if category.prefix.isEmpty { notes.append("`\(name)` is not in the list of \(grammar.policy.name)") }
        try takeOpen(name, in: index, at: start)
        if category.set.isNested { try readCompartments(below: name) }
    }

    private var openCategory: Int? {
        guard let last = used.last, grammar.categories[last.category].set.isOpen else { return nil }
        return grammar.categories[last.category].field == field ? last.category : nil
    }

    // MARK: - Small steps

    mutating func skipSpaces() {
        while position < end, bytes[position] == UInt8(ascii: " ") { position += 1 }
    }

    /// Reads capitals and digits; nil when there are none.
    mutating func readWord() -> String? {
        let start = position
        while position < end, Self.isWordByte(bytes[position]) { position += 1 }
        guard position > start, PhraseTrie.isBoundary(bytes, position) else { return nil }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    mutating func take(_ category: Int, _ value: Int, at offset: Int) throws(MarkingError) {
        guard !used.contains(where: { $0.category == category && $0.value == value }) else {
            throw error(at: offset, expected: "a value that is not named yet")
        }
        append(Used(category: category, value: value, offset: offset))
        let taken = grammar.categories[category].values[value]
        switch taken.component {
        case .compartment(let compartment): append(compartment)
        case .caveat(let caveat): caveats.append(caveat)
        case .release(let code):
            if releasableTo.isEmpty { releasableTo.reserveCapacity(6) }
            releasableTo.append(code)
        }
    }

    private mutating func append(_ use: Used) {
        if used.isEmpty { used.reserveCapacity(8) }
        used.append(use)
    }

    private mutating func append(_ compartment: Compartment) {
        if compartments.isEmpty { compartments.reserveCapacity(4) }
        compartments.append(compartment)
    }

    /// Takes a compartment that the policy does not list.
    mutating func takeOpen(_ name: String, in category: Int, at offset: Int) throws(MarkingError) {
        let compartment: Compartment
        do {
            compartment = try Compartment(name)
        } catch {
            throw self.error(at: offset, expected: "a compartment that a label can hold (\(error))")
        }
        guard !compartments.contains(compartment) else {
            throw error(at: offset, expected: "a value that is not named yet")
        }
        append(Used(category: category, value: -1, offset: offset))
        append(compartment)
    }

    mutating func noteFormer(_ former: String, _ now: String) {
        notes.append("`\(former)` is an earlier spelling of `\(now)`")
    }
}
