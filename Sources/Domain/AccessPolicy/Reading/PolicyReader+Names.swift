import SecurityLabels
import StrictYAML

extension PolicyReader {
    /// The rank of the level that stands here.
    func rank(_ item: YAMLItem) throws(PolicyError) -> Int {
        try rank(item.text("a level"), at: item)
    }

    func rank(_ text: String, at item: YAMLItem) throws(PolicyError) -> Int {
        guard let rank = levels.firstIndex(where: { $0.rawValue == text }) else {
            throw unknown(text, "level", levels.map(\.rawValue), "ladders", at: item)
        }
        return rank
    }

    func partner(_ item: YAMLItem) throws(PolicyError) -> PolicyPartner {
        try partner(item.text("a partner's code"), at: item)
    }

    func partner(_ text: String, at item: YAMLItem) throws(PolicyError) -> PolicyPartner {
        let partner = PolicyPartner(text)
        guard partners[partner] != nil else {
            throw unknown(text, "partner", partners.keys.map(\.rawValue).sorted(), "partners", at: item)
        }
        return partner
    }

    /// A word out of a set that the policy declares.
    func known<Component: LabelComponent>(
        _ text: String,
        _ section: String,
        _ declared: some Sequence<Component>,
        at item: YAMLItem,
        declaredIn place: String? = nil
    ) throws(PolicyError) -> Component {
        guard let component = declared.first(where: { $0.rawValue == text }) else {
            let noun = section == "communities" ? "community" : String(section.dropLast())
            throw unknown(text, noun, declared.sorted().map(\.rawValue), place ?? section, at: item)
        }
        return component
    }

    func knownSet<Component: LabelComponent>(
        _ item: YAMLItem,
        _ section: String,
        _ declared: Set<Component>
    ) throws(PolicyError) -> Set<Component> {
        var found: Set<Component> = []
        for word in try item.items("a list of \(section)") {
            let component = try known(word.text("one of the \(section)"), section, declared, at: word)
            guard found.insert(component).inserted else {
                throw word.error("`\(component)` stands twice: remove one")
            }
        }
        return found
    }

    /// Every classification word of every owner.
    var classifications: Set<Classification> { Set(equivalents.values.joined().map(\.classification)) }

    func kind(_ text: String, at item: YAMLItem) throws(PolicyError) -> PartnerKind {
        guard let kind = PartnerKind(rawValue: text) else {
            throw item.error("expected `nation`, `organisation` or `private`, got `\(text)`")
        }
        return kind
    }

    func boolean(_ item: YAMLItem) throws(PolicyError) -> Bool {
        let text = try item.text("`true` or `false`")
        switch text {
        case "true": return true
        case "false": return false
        default: throw item.error("expected `true` or `false`, got `\(text)`")
        }
    }

    func unknown(
        _ text: String,
        _ noun: String,
        _ known: [String],
        _ section: String,
        at item: YAMLItem
    ) -> PolicyError {
        let choice =
            known.isEmpty ? "none is declared" : "expected one of \(known.map { "`\($0)`" }.joined(separator: ", "))"
        return item.error("unknown \(noun) `\(text)`: \(choice); correct it, or declare it under `\(section)`")
    }
}
