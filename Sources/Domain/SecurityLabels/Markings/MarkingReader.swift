/// Reads one marking against a vocabulary, field by field.
struct MarkingReader {
    let vocabulary: MarkingVocabulary
    private var compartments: [Compartment] = []
    private var caveats: [Caveat] = []
    private var releasableTo: [ReleasabilityCode]?
    private var community: CommunityName?
    private var type: MessageType?

    init(vocabulary: MarkingVocabulary) {
        self.vocabulary = vocabulary
    }

    mutating func read(
        _ marking: String,
        policy: LabelPolicyName
    ) throws(MarkingError) -> ConfidentialityLabel {
        guard vocabulary.policies.contains(policy) else {
            throw MarkingError(
                token: policy.rawValue,
                column: 1,
                expected: "a known label policy (\(Self.list(vocabulary.policies)))"
            )
        }
        let fields = MarkingToken(whole: marking).split(on: "//")
        let (owners, classification) = try readClassification(fields[0])
        for field in fields.dropFirst() { try readField(field) }
        do {
            return try ConfidentialityLabel(
                policy: policy,
                owner: owners[0],
                coOwners: Array(owners.dropFirst()),
                classification: classification,
                compartments: compartments,
                caveats: caveats,
                releasableTo: releasableTo,
                community: community,
                type: type
            )
        } catch {
            throw MarkingError(token: marking, column: 1, expected: "a label that can be made (\(error))")
        }
    }

    private func readClassification(
        _ field: MarkingToken
    ) throws(MarkingError) -> ([LabelOwner], Classification) {
        let (ownerToken, rest) = field.splitFirstWord()
        if ownerToken.text == MarkingVocabulary.joint { return try readJointClassification(rest) }
        guard let owner = Self.find(ownerToken.text, in: vocabulary.classifications.keys) else {
            throw unknown(ownerToken, "a label owner", among: Array(vocabulary.classifications.keys))
        }
        let known = vocabulary.classifications[owner, default: []]
        guard let classification = Self.find(rest.text, in: known) else {
            throw unknown(rest, "a classification of \(owner)", among: known, sorted: false)
        }
        return ([owner], classification)
    }

    /// Reads `SECRET CAN GBR USA`: a classification that every owner has, and at least two owners.
    private func readJointClassification(
        _ field: MarkingToken
    ) throws(MarkingError) -> ([LabelOwner], Classification) {
        let (rest, tokens) = field.splitLastWords { Self.find($0, in: vocabulary.classifications.keys) != nil }
        let owners = try readList(tokens, "a label owner", known: Set(vocabulary.classifications.keys))
        guard owners.count > 1 else {
            throw MarkingError(
                token: field.text,
                column: field.column,
                expected: "a classification and two or more label owners after `JOINT`"
            )
        }
        for owner in owners {
            let known = vocabulary.classifications[owner, default: []]
            guard Self.find(rest.text, in: known) != nil else {
                throw unknown(rest, "a classification of \(owner)", among: known, sorted: false)
            }
        }
        guard let classification = Self.find(rest.text, in: vocabulary.classifications[owners[0], default: []]) else {
            throw unknown(rest, "a classification of \(owners[0])", among: [Classification]())
        }
        return (owners, classification)
    }

    private mutating func readField(_ field: MarkingToken) throws(MarkingError) {
        if field.text == "REL TO" || field.text.hasPrefix("REL TO ") {
            return try readReleasability(field)
        }
        let tokens = field.split(on: "/")
        let first = tokens[0]
        if Self.find(first.text, in: vocabulary.compartments) != nil {
            try refuseSecond(field, compartments.isEmpty, "compartments")
            compartments = try readList(tokens, "a compartment", known: vocabulary.compartments)
        } else if Self.find(first.text, in: vocabulary.caveats) != nil {
            try refuseSecond(field, caveats.isEmpty, "caveats")
            caveats = try readList(tokens, "a caveat", known: vocabulary.caveats)
        } else if let found = Self.find(field.text, in: vocabulary.communities) {
            try refuseSecond(field, community == nil, "the community")
            community = found
        } else if let found = Self.find(field.text, in: vocabulary.types) {
            try refuseSecond(field, type == nil, "the message type")
            type = found
        } else {
            let words =
                vocabulary.compartments.map(\.rawValue) + vocabulary.caveats.map(\.rawValue)
                + vocabulary.communities.map(\.rawValue) + vocabulary.types.map(\.rawValue)
            throw unknown(first, "`REL TO`, a compartment, a caveat, a community or a message type", amongTexts: words)
        }
    }

    private mutating func readReleasability(_ field: MarkingToken) throws(MarkingError) {
        try refuseSecond(field, releasableTo == nil, "`REL TO`")
        let codes = field.dropping(characters: "REL TO".count)
        releasableTo = try readList(
            codes.split(on: ","),
            "a partner or group after `REL TO`",
            known: vocabulary.releasability
        )
    }

    private func readList<Component: LabelComponent>(
        _ tokens: [MarkingToken],
        _ what: String,
        known: Set<Component>
    ) throws(MarkingError) -> [Component] {
        var components: [Component] = []
        for token in tokens {
            guard let component = Self.find(token.text, in: known) else {
                throw unknown(token, what, among: Array(known))
            }
            guard !components.contains(component) else {
                throw MarkingError(token: token.text, column: token.column, expected: "\(what) that is not named yet")
            }
            components.append(component)
        }
        return components
    }

    private func refuseSecond(_ field: MarkingToken, _ isFirst: Bool, _ what: String) throws(MarkingError) {
        guard isFirst else {
            throw MarkingError(token: field.text, column: field.column, expected: "\(what) in one field only")
        }
    }

    private func unknown<Component: LabelComponent>(
        _ token: MarkingToken,
        _ what: String,
        among known: [Component],
        sorted: Bool = true
    ) -> MarkingError {
        unknown(token, what, amongTexts: (sorted ? known.sorted() : known).map(\.rawValue), show: true)
    }

    private func unknown(
        _ token: MarkingToken,
        _ what: String,
        amongTexts known: [String],
        show: Bool = false
    ) -> MarkingError {
        var expected = what
        let capitals = token.text.uppercased()
        if capitals != token.text, known.contains(capitals) {
            expected += " in capitals, `\(capitals)`"
        } else if show, !known.isEmpty {
            expected += " (\(known.joined(separator: ", ")))"
        }
        return MarkingError(token: token.text, column: token.column, expected: expected)
    }

    // Compares scalars, not characters: canonically equivalent spellings are different bytes in a signed label.
    private static func find<Component: LabelComponent>(
        _ text: String,
        in known: some Sequence<Component>
    ) -> Component? {
        known.first { $0.rawValue.unicodeScalars.elementsEqual(text.unicodeScalars) }
    }

    private static func list(_ known: [some LabelComponent]) -> String {
        known.map(\.rawValue).joined(separator: ", ")
    }
}

/// A piece of a marking with the column it begins at, without the spaces around it.
struct MarkingToken {
    let text: String
    let column: Int

    init(whole marking: String) {
        self.init(untrimmed: Substring(marking), column: 1)
    }

    private init(untrimmed text: Substring, column: Int) {
        let leading = text.prefix { $0 == " " }.count
        var trimmed = text.dropFirst(leading)
        while trimmed.last == " " { trimmed.removeLast() }
        self.text = String(trimmed)
        self.column = column + leading
    }

    func split(on separator: String) -> [MarkingToken] {
        var tokens: [MarkingToken] = []
        var rest = Substring(text)
        var column = column
        while let range = rest.firstRange(of: separator) {
            let piece = rest[..<range.lowerBound]
            tokens.append(MarkingToken(untrimmed: piece, column: column))
            column += piece.count + separator.count
            rest = rest[range.upperBound...]
        }
        tokens.append(MarkingToken(untrimmed: rest, column: column))
        return tokens
    }

    func splitFirstWord() -> (MarkingToken, MarkingToken) {
        let word = text.prefix { $0 != " " }
        return (
            MarkingToken(untrimmed: word, column: column),
            MarkingToken(untrimmed: text.dropFirst(word.count), column: column + word.count)
        )
    }

    /// Splits off the words at the end that satisfy the condition; at least one word stays.
    func splitLastWords(where isSplit: (String) -> Bool) -> (MarkingToken, [MarkingToken]) {
        var tokens = split(on: " ")
        var last: [MarkingToken] = []
        while tokens.count > 1, let word = tokens.last, isSplit(word.text) {
            last.insert(word, at: 0)
            tokens.removeLast()
        }
        guard let end = last.first else { return (self, []) }
        return (MarkingToken(untrimmed: text.prefix(end.column - column), column: column), last)
    }

    func dropping(characters count: Int) -> MarkingToken {
        MarkingToken(untrimmed: text.dropFirst(count), column: column + count)
    }
}
