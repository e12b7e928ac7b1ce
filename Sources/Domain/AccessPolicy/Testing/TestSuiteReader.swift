import CanonicalEncoding
import SecurityLabels
import StrictYAML

/// Reads the YAML of a test file against a policy.
struct TestSuiteReader {
    let policy: Policy

    private static let caseKeys = [
        "name", "label", "action", "from", "to", "via", "at", "precedence", "realm", "mailbox", "link",
        "originated", "expires", "expect", "rules",
    ]

    func read(_ root: YAMLItem) throws(PolicyError) -> [PolicyTestSuite.Case] {
        let fields = try root.fields("a test file", ["format", "at", "cases"])
        let format = try root.required("format", "the test file", in: fields)
        guard try format.text("the format's number") == "1" else {
            throw format.error("expected format `1`, got \(format.found): this release reads no other")
        }
        let usualTime = try fields["at"].map { item throws(PolicyError) in try Self.time(item) }
        let list = try root.required("cases", "the test file", in: fields)
        guard case .list(let items) = list.content, !items.isEmpty else {
            throw list.error("expected a list of cases, got \(list.found)")
        }
        var lines: [String: Int] = [:]
        var cases: [PolicyTestSuite.Case] = []
        for item in items {
            let testCase = try readCase(item, usualTime)
            if let line = lines.updateValue(item.line, forKey: testCase.name) {
                throw item.error("`\(testCase.name)` is the name of the case in line \(line) already: rename one")
            }
            cases.append(testCase)
        }
        return cases
    }

    private func readCase(_ item: YAMLItem, _ usualTime: Timestamp?) throws(PolicyError) -> PolicyTestSuite.Case {
        let fields = try item.fields("a test case", Self.caseKeys)
        let name = try item.required("name", "the test case", in: fields).text("what the case shows")
        let what = "case `\(name)`"
        let expectItem = try item.required("expect", what, in: fields)
        let expectation = try expectItem.text("`allow` or `deny`")
        guard expectation == "allow" || expectation == "deny" else {
            throw expectItem.error("expected `allow` or `deny`, got `\(expectation)`")
        }
        let time = try fields["at"].map { item throws(PolicyError) in try Self.time(item) } ?? usualTime
        guard let time else {
            throw item.error("\(what) has no `at`: add it, or add one above `cases` for all of them")
        }
        return PolicyTestSuite.Case(
            name: name,
            line: item.line,
            request: try readRequest(item, fields, what),
            time: time,
            expected: expectation == "allow" ? .allowed : .denied,
            rules: try fields["rules"].map { item throws(PolicyError) in try rules(item) }
        )
    }

    private func readRequest(
        _ item: YAMLItem,
        _ fields: [String: YAMLItem],
        _ what: String
    ) throws(PolicyError) -> AccessRequest {
        let label = try label(item.required("label", what, in: fields))
        let actionItem = try item.required("action", what, in: fields)
        let actionText = try actionItem.text("an action")
        guard let action = AccessAction(rawValue: actionText) else {
            let names = AccessAction.allCases.map { "`\($0)`" }.joined(separator: ", ")
            throw actionItem.error("expected one of \(names), got `\(actionText)`")
        }
        let origin = try station(item.required("from", what, in: fields))
        let hub = try fields["via"].map { item throws(PolicyError) in try node(item) }
        var precedence = Precedence.routine
        if let item = fields["precedence"] { precedence = try self.precedence(item) }
        var realm = PolicyRealm.live
        if let item = fields["realm"] { realm = try self.realm(item) }
        let facts = try facts(fields)
        if action == .originate || action == .deliver, let via = fields["via"] {
            throw via.error("to \(action) goes through no hub: remove `via`")
        }
        if action == .originate {
            if let to = fields["to"] { throw to.error("to originate has no recipient yet: remove `to`") }
            if let box = fields["mailbox"] { throw box.error("to originate has no recipient yet: remove `mailbox`") }
            return .originate(label, at: origin, precedence: precedence, realm: realm, facts: facts)
        }
        let destination = try station(item.required("to", what, in: fields))
        switch action {
        case .originate, .deliver:
            return .deliver(label, from: origin, to: destination, precedence: precedence, realm: realm, facts: facts)
        case .release:
            return .release(
                label,
                from: origin,
                to: destination,
                through: hub,
                precedence: precedence,
                realm: realm,
                facts: facts
            )
        case .accept:
            return .accept(
                label,
                from: origin,
                to: destination,
                through: hub,
                precedence: precedence,
                realm: realm,
                facts: facts
            )
        case .relay:
            guard let hub else { throw item.error("\(what) has no `via`: name the hub's node that relays") }
            return .relay(
                label,
                origin: origin.partner,
                previousHop: origin,
                hub: hub,
                nextHop: destination,
                destination: destination.partner,
                precedence: precedence,
                realm: realm,
                facts: facts
            )
        }
    }

    /// What else is known of the message: its mailbox, link, and times of origin and expiry.
    private func facts(_ fields: [String: YAMLItem]) throws(PolicyError) -> RequestFacts {
        var facts = RequestFacts()
        if let item = fields["mailbox"] {
            let text = try item.text("a mailbox such as `UN/situation-room`")
            guard let slash = text.firstIndex(of: "/") else {
                throw item.error(
                    "expected a partner's code, `/` and a mailbox, such as `UN/situation-room`, got `\(text)`"
                )
            }
            let name = try PolicyNames.mailbox(String(text[text.index(after: slash)...]), at: item)
            facts.mailbox = PolicyMailbox(PolicyPartner(String(text[..<slash])), name)
        }
        if let item = fields["link"] {
            facts.link = try item.choice("a link strength", LinkStrength.allCases.map { ($0.name, $0) })
        }
        if let item = fields["originated"] { facts.originated = try Self.time(item) }
        if let item = fields["expires"] { facts.expires = try Self.time(item) }
        return facts
    }

    /// A marking, or a mapping of fields, which may hold words that the policy does not know.
    private func label(_ item: YAMLItem) throws(PolicyError) -> ConfidentialityLabel {
        if case .mapping = item.content { return try labelOfFields(item) }
        let marking = try item.text("a marking, or a mapping of the label's fields")
        do {
            return try ConfidentialityLabel.parse(marking: marking, vocabulary: policy.vocabulary)
        } catch {
            throw item.error("\(error); to test a word that the policy does not know, write the label as fields")
        }
    }

    private func labelOfFields(_ item: YAMLItem) throws(PolicyError) -> ConfidentialityLabel {
        let what = "the label"
        let fields = try item.fields(
            what,
            [
                "policy", "owner", "co-owners", "classification", "compartments", "caveats", "releasable-to",
                "community", "type",
            ]
        )
        func list<Component: LabelComponent>(_ key: String) throws(PolicyError) -> [Component] {
            var components: [Component] = []
            for word in try fields[key]?.items("a list of \(key)") ?? [] {
                components.append(try PolicyNames.component(Component.self, word.text("one of \(key)"), at: word))
            }
            return components
        }
        func one<Component: LabelComponent>(_ key: String) throws(PolicyError) -> Component? {
            guard let word = fields[key] else { return nil }
            return try PolicyNames.component(Component.self, word.text(Component.componentName), at: word)
        }
        let releasableTo: [ReleasabilityCode] = try list("releasable-to")
        let owner = try item.required("owner", what, in: fields)
        let classification = try item.required("classification", what, in: fields)
        do {
            return try ConfidentialityLabel(
                policy: try one("policy") ?? policy.name,
                owner: PolicyNames.component(LabelOwner.self, owner.text("a label owner"), at: owner),
                coOwners: list("co-owners"),
                classification: PolicyNames.component(
                    Classification.self,
                    classification.text("a classification"),
                    at: classification
                ),
                compartments: list("compartments"),
                caveats: list("caveats"),
                releasableTo: releasableTo.isEmpty ? nil : releasableTo,
                community: one("community"),
                type: one("type")
            )
        } catch let error as PolicyError {
            throw error
        } catch {
            throw item.error("\(error)")
        }
    }

    /// A partner's code, or the name of one of its nodes.
    private func station(_ item: YAMLItem) throws(PolicyError) -> Station {
        let text = try item.text("a partner's code or a node's name")
        if policy.partners[PolicyPartner(text)] != nil { return Station(PolicyPartner(text)) }
        return try node(item)
    }

    private func node(_ item: YAMLItem) throws(PolicyError) -> Station {
        let text = try item.text("a node's name")
        guard let node = policy.nodes[PolicyNode(text)] else {
            throw item.error("the policy has no partner or node `\(text)`: correct it, or declare it in the policy")
        }
        return Station(node.partner, node: PolicyNode(text))
    }

    private func precedence(_ item: YAMLItem) throws(PolicyError) -> Precedence {
        let text = try item.text("a precedence")
        guard let precedence = Precedence(name: text) else {
            let names = Precedence.allCases.reversed().map { "`\($0.name)`" }.joined(separator: ", ")
            throw item.error("expected one of \(names), got `\(text)`")
        }
        return precedence
    }

    private func realm(_ item: YAMLItem) throws(PolicyError) -> PolicyRealm {
        try PolicyNames.realm(item.text("a realm"), at: item)
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

    /// A day, which means its first moment in UTC, or a full time.
    private static func time(_ item: YAMLItem) throws(PolicyError) -> Timestamp {
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
