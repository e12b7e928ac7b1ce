import CanonicalEncoding
import SecurityLabels
import StrictYAML

/// Reads guardrails and agreements against the names that the rest of the policy declares.
struct RuleReader {
    let names: PolicyReader

    func readGuardrails(
        _ item: YAMLItem,
        taken: inout [RuleName: String]
    ) throws(PolicyError) -> [Policy.Guardrail] {
        var guardrails: [Policy.Guardrail] = []
        for entry in try item.entries("a mapping from each guardrail's name to its rule") {
            let name = try ruleName(entry, "guardrail", &taken)
            let (says, conditions) = try readSentence(entry.value, "guardrail \(name)", "deny")
            guardrails.append(Policy.Guardrail(name: name, says: says, conditions: conditions))
        }
        return guardrails
    }

    func readInvariants(
        _ item: YAMLItem,
        taken: inout [RuleName: String]
    ) throws(PolicyError) -> [Policy.Invariant] {
        var invariants: [Policy.Invariant] = []
        for entry in try item.entries("a mapping from each invariant's name to what must never be") {
            let name = try ruleName(entry, "invariant", &taken)
            let (says, conditions) = try readSentence(entry.value, "invariant \(name)", "never")
            invariants.append(Policy.Invariant(name: name, says: says, conditions: conditions))
        }
        return invariants
    }

    /// A sentence under `says`, and under another key the conditions that it is about.
    private func readSentence(
        _ item: YAMLItem,
        _ what: String,
        _ key: String
    ) throws(PolicyError) -> (says: String, conditions: Conditions) {
        let fields = try item.fields(what, ["says", key])
        let rule = try item.required(key, what, in: fields)
        let conditions = try rule.fields(
            "the conditions of \(what)",
            ConditionReader.keys,
            aliases: ConditionReader.aliases
        )
        guard !conditions.isEmpty else {
            throw rule.error(
                key == "deny"
                    ? "expected at least one condition, got none: a rule without conditions denies everything"
                    : "expected at least one condition, got none: an invariant without conditions forbids everything"
            )
        }
        let says = try item.required("says", what, in: fields).text("the rule in a sentence")
        return (says, try ConditionReader(names: names).read(conditions))
    }

    func readAgreements(
        _ item: YAMLItem,
        taken: inout [RuleName: String]
    ) throws(PolicyError) -> [Policy.Agreement] {
        var agreements: [Policy.Agreement] = []
        for entry in try item.entries("a mapping from each agreement's name to what it permits") {
            let name = try ruleName(entry, "agreement", &taken)
            agreements.append(try readAgreement(entry.value, name))
        }
        return agreements
    }

    private func readAgreement(_ item: YAMLItem, _ name: RuleName) throws(PolicyError) -> Policy.Agreement {
        let what = "agreement \(name)"
        let fields = try item.fields(
            what,
            ConditionReader.keys + ["says", "ref", "review", "suspended"],
            aliases: ConditionReader.aliases
        )
        guard fields["recipient"] != nil else {
            throw item.error("\(what) has no `to`: name the recipients, `ANY` where everybody is meant")
        }
        for key in ["from", "until"] { _ = try item.required(key, what, in: fields) }
        var conditions = try ConditionReader(names: names).read(fields)
        if let item = fields["suspended"] { conditions.isSuspended = try names.boolean(item) }
        if let action = conditions.actions?.included.first(where: { !$0.needsAgreement }), let place = fields["action"]
        {
            throw place.error(
                "expected `release`, `relay` or `accept`, got `\(action)`: to \(action) needs no agreement"
            )
        }
        let reviewItem = try item.required("review", what, in: fields)
        let review = try Self.date(reviewItem)
        if let from = conditions.dates.from, let until = conditions.dates.until, review < from || review > until {
            throw reviewItem.error(
                "expected a day from \(from.date) to \(until.date), got `\(review.date)`: review it while it is in force"
            )
        }
        return Policy.Agreement(
            name: name,
            says: try fields["says"].map { item throws(PolicyError) in try item.text("the permission in a sentence") },
            reference: try item.required("ref", what, in: fields).text("the document that the agreement stands in"),
            review: review,
            conditions: conditions
        )
    }

    private func ruleName(
        _ entry: YAMLItem.Entry,
        _ kind: String,
        _ taken: inout [RuleName: String]
    ) throws(PolicyError) -> RuleName {
        let name = try PolicyNames.rule(entry.name, at: entry.key)
        if let other = taken.updateValue(kind, forKey: name) {
            throw entry.key.error(
                "`\(name)` is the name of a \(other) already: reports could not tell them apart, rename one"
            )
        }
        return name
    }

    static func date(_ item: YAMLItem) throws(PolicyError) -> Timestamp {
        let text = try item.text("a day such as `2026-12-31`")
        do {
            return try Timestamp(date: text)
        } catch {
            throw item.error("expected a day such as `2026-12-31`, got `\(text)`: write year, month and day")
        }
    }

    /// The days under `from` and `until`, either of which may be missing.
    static func dates(_ fields: [String: YAMLItem]) throws(PolicyError) -> DateSpan {
        var span = DateSpan()
        if let item = fields["from"] { span.from = try date(item) }
        if let item = fields["until"] {
            let until = try date(item)
            if let from = span.from, until < from {
                throw item.error("expected a day not before \(from.date), got `\(until.date)`: exchange the two dates")
            }
            span.until = until
        }
        return span
    }
}
