public import StrictYAML

/// The countries and groups that markings may name, with the members of the groups where they are public.
public struct LabelCodes: Hashable, Sendable {
    /// Countries by their three letters (ISO 3166-1 alpha-3), ascending.
    public let countries: [String]
    /// Groups by their code, with their members; nil where the members are not listed.
    public let groups: [String: [String]?]

    /// Every code: countries, then groups, each ascending, which is also the order in which markings write them.
    var all: [String] { countries + groups.keys.sorted() }

    /// The countries that the codes stand for; a group whose members are not listed stands for itself.
    func expanded(_ codes: some Sequence<String>) -> Set<String> {
        var result: Set<String> = []
        for code in codes {
            if case .some(.some(let members)) = groups[code] { result.formUnion(members) } else { result.insert(code) }
        }
        return result
    }

    /// Reads the code list strictly.
    /// - Throws: `YAMLError` with file, line and column, what was expected and what to do.
    public static func parse(yaml: String, file: String) throws(YAMLError) -> LabelCodes {
        let root = try YAMLFile.read(yaml, file: file)
        let fields = try root.fields("a code list", ["format", "countries", "groups"])
        try LabelPolicyReader.checkFormat(root, fields)
        var known: Set<String> = []
        var countries: [String] = []
        for item in try root.required("countries", "the code list", in: fields).items("a list of countries") {
            // Several codes may stand on one line: a list of 249 is read more easily so.
            for word in try item.text("a country's code").split(separator: " ") {
                let code = String(word)
                try check(code, at: item, isNew: known.insert(code).inserted)
                countries.append(code)
            }
        }
        var groups: [String: [String]?] = [:]
        for entry in try fields["groups"]?.entries("groups of countries") ?? [] {
            try check(entry.name, at: entry.key, isNew: known.insert(entry.name).inserted)
            if case .text("unlisted") = entry.value.content {
                groups.updateValue(nil, forKey: entry.name)
                continue
            }
            var members: [String] = []
            for item in try entry.value.items("the group's countries, or `unlisted`") {
                let code = try item.text("a country's code")
                guard countries.contains(code) else {
                    throw item.error("unknown country `\(code)`: expected one of `countries`; correct or add it")
                }
                guard !members.contains(code) else {
                    throw item.error("`\(code)` stands twice in the group: remove one")
                }
                members.append(code)
            }
            groups[entry.name] = members.sorted()
        }
        return LabelCodes(countries: countries.sorted(), groups: groups)
    }

    private static func check(_ code: String, at item: YAMLItem, isNew: Bool) throws(YAMLError) {
        do {
            _ = try ReleasabilityCode(code)
        } catch {
            throw item.error("expected a code: \(error)")
        }
        guard isNew else { throw item.error("the code `\(code)` stands twice: remove one") }
    }
}
