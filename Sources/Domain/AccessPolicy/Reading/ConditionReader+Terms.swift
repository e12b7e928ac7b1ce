import SecurityLabels
import StrictYAML

extension ConditionReader {
    /// The word for what does not restrict.
    private static let any = "ANY"
    private static let carriedKeys = ["any", "all", "not", "only"]

    /// The entries of a condition, each with whether `not ` stands before it; nil where `ANY` makes it no condition.
    private func terms(
        _ item: YAMLItem,
        _ what: String
    ) throws(PolicyError) -> [(text: String, isExcluded: Bool, item: YAMLItem)]? {
        var terms: [(text: String, isExcluded: Bool, item: YAMLItem)] = []
        var anyItem: YAMLItem?
        for element in try item.items("a list of \(what)") {
            let text = try element.text("one of the \(what)")
            guard text != "not \(Self.any)" else {
                throw element.error("`not \(Self.any)` leaves nothing: name what is meant, or remove the rule")
            }
            if text == Self.any {
                anyItem = element
                continue
            }
            let isExcluded = text.hasPrefix("not ")
            terms.append((isExcluded ? String(text.dropFirst("not ".count)) : text, isExcluded, element))
        }
        if let anyItem, terms.contains(where: { !$0.isExcluded }) {
            throw anyItem.error("`\(Self.any)` makes the other entries idle: keep `\(Self.any)` or the others")
        }
        return terms.isEmpty ? nil : terms
    }

    /// A list of texts, some of which may have `not ` before them.
    func selection<Value>(
        _ item: YAMLItem?,
        _ what: String,
        _ read: (String, YAMLItem) throws(PolicyError) -> Value
    ) throws(PolicyError) -> Selection<Value>? {
        guard let item, let terms = try terms(item, what) else { return nil }
        var included: [Value] = []
        var excluded: [Value] = []
        for (text, isExcluded, element) in terms {
            let value = try read(text, element)
            guard !included.contains(value), !excluded.contains(value) else {
                throw element.error("\(element.found) is decided in this list already: name it once")
            }
            if isExcluded { excluded.append(value) } else { included.append(value) }
        }
        return Selection(included: included, excluded: excluded)
    }

    /// `up-to: SECRET`, and `level:` with comparisons; both must hold.
    func levels(_ fields: [String: YAMLItem]) throws(PolicyError) -> RankSet? {
        let levels = names.levels.map(\.rawValue)
        var upTo: Int?
        if let item = fields["up-to"] { upTo = try names.rank(item) }
        let level = try ranks(fields["level"], "levels", levels, none: true)
        guard let upTo else { return level }
        guard let level, let item = fields["level"] else { return RankSet(0...upTo) }
        let both = level.ranks.filter { (0...upTo).contains($0) }
        guard !both.isEmpty else {
            throw item.error("\(item.found) leaves nothing within `up-to` \(levels[upTo]): change one of them")
        }
        guard both != level.ranks else {
            throw item.error("`up-to` takes nothing away from \(item.found): keep one of them")
        }
        return RankSet(both)
    }

    /// Places on an ordered scale: `X`, `exactly X`, `up-to X`, `above X`, `below X`, `at-least X`, `X..Y`.
    /// - Parameter none: Whether `none` may stand for what has no place on the scale.
    func ranks(
        _ item: YAMLItem?,
        _ what: String,
        _ scale: [String],
        none: Bool = false
    ) throws(PolicyError) -> RankSet? {
        guard let item, let terms = try terms(item, what) else { return nil }
        var included: Set<Int> = []
        var excluded: Set<Int> = []
        for (text, isExcluded, element) in terms {
            let ranks =
                none && text == "none" ? [RankSet.noLevel] : try places(text, element, what, scale)
            if isExcluded { excluded.formUnion(ranks) } else { included.formUnion(ranks) }
        }
        // What has no place on the scale is meant only where it is named.
        let base = terms.contains { !$0.isExcluded } ? included : Set(scale.indices)
        let ranks = base.subtracting(excluded)
        guard !ranks.isEmpty else { throw item.error("\(item.found) leaves nothing: name what is meant") }
        return RankSet(ranks)
    }

    private func places(
        _ text: String,
        _ item: YAMLItem,
        _ what: String,
        _ scale: [String]
    ) throws(PolicyError) -> Set<Int> {
        func place(_ name: some StringProtocol) throws(PolicyError) -> Int {
            guard let place = scale.firstIndex(where: { $0 == name }) else {
                let known = scale.map { "`\($0)`" }.joined(separator: ", ")
                throw item.error(
                    "unknown `\(name)` among the \(what): expected one of \(known), alone or after `up-to`, `above`, "
                        + "`below`, `at-least` or `exactly`, or two of them as `A..B`"
                )
            }
            return place
        }
        if scale.contains(text) { return [try place(text)] }
        for (word, range) in Self.comparisons where text.hasPrefix("\(word) ") {
            let places = range(try place(text.dropFirst(word.count + 1)), scale.count)
            guard !places.isEmpty else {
                throw item.error("`\(text)` is none of the \(what): nothing is \(word) it, change one of the words")
            }
            return Set(places)
        }
        guard let dots = text.firstRange(of: "..") else { return [try place(text)] }
        let low = try place(text[..<dots.lowerBound])
        let high = try place(text[dots.upperBound...])
        guard low <= high else { throw item.error("`\(text)` runs downwards: write the lower of the \(what) first") }
        return Set(low...high)
    }

    private static let comparisons: [(String, @Sendable (Int, Int) -> Range<Int>)] = [
        ("exactly", { place, _ in place..<place + 1 }),
        ("up-to", { place, _ in 0..<place + 1 }),
        ("below", { place, _ in 0..<place }),
        ("above", { place, count in place + 1..<count }),
        ("at-least", { place, count in place..<count }),
    ]

    /// Lengths of time: `over 30d`, `within 1h`, `1h..2d`, which is over the first and within the second.
    func durations(_ item: YAMLItem?, _ what: String) throws(PolicyError) -> DurationSet? {
        guard let item, let terms = try terms(item, what) else { return nil }
        var included: [DurationSet.Span] = []
        var excluded: [DurationSet.Span] = []
        for (text, isExcluded, element) in terms {
            let span = try span(text, element)
            if isExcluded { excluded.append(span) } else { included.append(span) }
        }
        let bounds = (included + excluded).flatMap { [$0.over, $0.within].compactMap(\.self) }
        let set = DurationSet(bounds: bounds) { length in
            (included.isEmpty || included.contains { $0.contains(length) })
                && !excluded.contains { $0.contains(length) }
        }
        guard let set else { throw item.error("\(item.found) leaves nothing: name what is meant") }
        return set
    }

    private func span(_ text: String, _ item: YAMLItem) throws(PolicyError) -> DurationSet.Span {
        if text.hasPrefix("over ") {
            return DurationSet.Span(over: try length(text.dropFirst("over ".count), item), within: nil)
        }
        if text.hasPrefix("within ") {
            return DurationSet.Span(over: nil, within: try length(text.dropFirst("within ".count), item))
        }
        guard let dots = text.firstRange(of: "..") else {
            throw item.error(
                "expected `over` or `within` and a length such as `30d`, or two lengths as `1h..2d`, got `\(text)`"
            )
        }
        let over = try length(text[..<dots.lowerBound], item)
        let within = try length(text[dots.upperBound...], item)
        guard over < within else { throw item.error("`\(text)` runs downwards: write the shorter length first") }
        return DurationSet.Span(over: over, within: within)
    }

    private func length(_ text: some StringProtocol, _ item: YAMLItem) throws(PolicyError) -> Int64 {
        let unit = DurationSet.units.first { text.hasSuffix($0.0) }?.1
        guard let unit, let number = Int64(text.dropLast()), String(number) == text.dropLast(),
            (1...36_500).contains(number)
        else {
            throw item.error(
                "expected a length from 1 to 36500 minutes, hours or days, such as `30m`, `12h` or `30d`, got `\(text)`"
            )
        }
        return number * unit
    }

    /// Names of which there can be any number: a list, `none`, `not none`, or a mapping of `any`, `all`, `not`, `only`.
    func carried<Component: LabelComponent>(
        _ item: YAMLItem?,
        _ section: String,
        _ declared: Set<Component>
    ) throws(PolicyError) -> CarriedCondition<Component>? {
        guard let item else { return nil }
        switch item.content {
        case .text("none"):
            return CarriedCondition(only: [])
        case .text("not none"):
            return CarriedCondition(isCarried: true)
        case .mapping:
            return try carriedParts(item, section, declared)
        case .text, .list:
            let selection = try selection(item, section) { text, item throws(PolicyError) in
                guard text != "none" else {
                    throw item.error("`none` stands alone in a condition on \(section): write a rule for each case")
                }
                return try names.known(text, section, declared, at: item)
            }
            return selection.map { CarriedCondition(any: $0.included, excluded: $0.excluded) }
        }
    }

    private func carriedParts<Component: LabelComponent>(
        _ item: YAMLItem,
        _ section: String,
        _ declared: Set<Component>
    ) throws(PolicyError) -> CarriedCondition<Component> {
        let fields = try item.fields("the condition on \(section)", Self.carriedKeys)
        guard !fields.isEmpty else {
            throw item.error("expected `any`, `all`, `not` or `only` with a list of \(section), got an empty mapping")
        }
        var parts: [String: Set<Component>] = [:]
        for key in Self.carriedKeys {
            parts[key] = try fields[key].map { item throws(PolicyError) in try names.knownSet(item, section, declared) }
        }
        let demanded = parts["any", default: []].union(parts["all", default: []])
        let banned = parts["not", default: []]
        if let both = demanded.intersection(banned).min() {
            throw item.error("`\(both)` is asked for and ruled out at once: remove one")
        }
        if let only = parts["only"], let outside = demanded.subtracting(only).min() {
            throw item.error("`\(outside)` is asked for and not among `only`: add it there, or remove it here")
        }
        return CarriedCondition(
            any: parts["any", default: []].sorted(),
            all: parts["all", default: []].sorted(),
            excluded: banned.sorted(),
            only: parts["only"]?.sorted()
        )
    }
}

extension YAMLItem {
    /// The value of a text that stands here, one of `choices`.
    func match<Value>(_ text: String, _ choices: [(String, Value)]) throws(PolicyError) -> Value {
        guard let match = choices.first(where: { $0.0 == text }) else {
            throw error("expected one of \(choices.map { "`\($0.0)`" }.joined(separator: ", ")), got `\(text)`")
        }
        return match.1
    }
}
