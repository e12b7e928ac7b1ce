import CanonicalEncoding
import StrictYAML

/// Reads the YAML of a test file against a policy.
struct TestSuiteReader {
    let policy: Policy
    let markings: PolicyMarkings

    private static let sections = ["cases", "who-can-see", "never"]
    private static let caseKeys = [
        "name", "label", "action", "from", "to", "via", "at", "precedence", "realm", "mailbox", "link",
        "originated", "expires", "expect", "rules",
    ]

    func read(_ root: YAMLItem) throws(PolicyError) -> PolicyTestSuite {
        let fields = try root.fields("a test file", ["format", "at"] + Self.sections)
        let format = try root.required("format", "the test file", in: fields)
        guard try format.text("the format's number") == "1" else {
            throw format.error("expected format `1`, got \(format.found): this release reads no other")
        }
        guard Self.sections.contains(where: { fields[$0] != nil }) else {
            throw root.error("the test file has none of `cases`, `who-can-see` and `never`: add one of them")
        }
        let usualTime = try fields["at"].map { item throws(PolicyError) in try Self.time(item) }
        var lines: [String: Int] = [:]
        let cases = try list("cases", fields, &lines) { item, name throws(PolicyError) in
            try readCase(item, name, usualTime)
        }
        let audiences = try list("who-can-see", fields, &lines) { item, name throws(PolicyError) in
            try readAudience(item, name, usualTime)
        }
        let nevers = try list("never", fields, &lines) { item, name throws(PolicyError) in try readNever(item, name) }
        return PolicyTestSuite(file: root.file, cases: cases, audiences: audiences, nevers: nevers)
    }

    /// The entries of one section; every entry has a name, and no two of the file have one name.
    private func list<Entry>(
        _ section: String,
        _ fields: [String: YAMLItem],
        _ lines: inout [String: Int],
        _ read: (YAMLItem, String) throws(PolicyError) -> Entry
    ) throws(PolicyError) -> [Entry] {
        guard let list = fields[section] else { return [] }
        guard case .list(let items) = list.content, !items.isEmpty else {
            throw list.error("expected a list of cases, got \(list.found)")
        }
        var entries: [Entry] = []
        for item in items {
            guard case .mapping(let pairs) = item.content else {
                throw item.error("expected a test case with a `name`, got \(item.found)")
            }
            guard let named = pairs.first(where: { $0.name == "name" }) else {
                throw item.error("the test case has no `name`: add it")
            }
            let name = try named.value.text("what the case shows")
            entries.append(try read(item, name))
            if let line = lines.updateValue(item.line, forKey: name) {
                throw item.error("`\(name)` is the name of the case in line \(line) already: rename one")
            }
        }
        return entries
    }

    private func readCase(
        _ item: YAMLItem,
        _ name: String,
        _ usualTime: Timestamp?
    ) throws(PolicyError) -> PolicyTestSuite.Case {
        let fields = try item.fields("a test case", Self.caseKeys)
        let what = "case `\(name)`"
        let expectItem = try item.required("expect", what, in: fields)
        let expectation = try expectItem.text("`allow` or `deny`")
        guard expectation == "allow" || expectation == "deny" else {
            throw expectItem.error("expected `allow` or `deny`, got `\(expectation)`")
        }
        return PolicyTestSuite.Case(
            name: name,
            line: item.line,
            request: try readRequest(item, fields, what),
            time: try time(item, fields, what, usualTime),
            expected: expectation == "allow" ? .allowed : .denied,
            rules: try fields["rules"].map { item throws(PolicyError) in try rules(item) }
        )
    }

    private func rules(_ item: YAMLItem) throws(PolicyError) -> Set<RuleName> {
        let known = Set(policy.guardrails.map(\.name) + policy.agreements.map(\.name))
            .union(BuiltInGuardrail.allCases.map(\.name)).union([.noAgreement])
        var rules: Set<RuleName> = []
        // An empty list is an expectation of its own: allowed, because nothing is needed.
        if case .list(let items) = item.content, items.isEmpty { return rules }
        for word in try item.items("a list of rules") {
            let rule = RuleName(try word.text("a rule's name"))
            guard known.contains(rule) else {
                throw word.error("the policy has no rule `\(rule)`, nor is it built in: correct the name")
            }
            guard rules.insert(rule).inserted else { throw word.error("`\(rule)` stands twice: remove one") }
        }
        return rules
    }

    /// The time of one case, or that of the whole file.
    func time(
        _ item: YAMLItem,
        _ fields: [String: YAMLItem],
        _ what: String,
        _ usualTime: Timestamp?
    ) throws(PolicyError) -> Timestamp {
        let time = try fields["at"].map { item throws(PolicyError) in try Self.time(item) } ?? usualTime
        guard let time else {
            throw item.error("\(what) has no `at`: add it, or add one above `cases` for all of them")
        }
        return time
    }

    /// A day, which means its first moment in UTC, or a full time.
    static func time(_ item: YAMLItem) throws(PolicyError) -> Timestamp {
        let text = try item.text("a day or time")
        do {
            return text.utf8.count == 10 ? try Timestamp(date: text) : try Timestamp(rfc3339: text)
        } catch {
            throw item.error(
                "expected a day such as `2026-12-31` or a time such as `2026-12-31T23:59:59.999Z`, got `\(text)`"
            )
        }
    }
}
