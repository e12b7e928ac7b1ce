import SecurityLabels
import StrictYAML

/// Reads the conditions of one rule.
struct ConditionReader {
    let names: PolicyReader

    /// The keys that conditions may have, those that change least from message to message first.
    static let keys = Dimension.allCases.reversed().filter { $0 != .standing }.flatMap(\.keys)
    /// Second spellings: the singular or plural, whichever reads better, and `to` for the recipient.
    static let aliases = [
        "actions": "action", "realms": "realm", "owners": "owner", "holders": "holder", "holder-kinds": "holder-kind",
        "holder-nodes": "holder-node", "recipients": "recipient", "to": "recipient",
        "recipient-kinds": "recipient-kind", "recipient-nodes": "recipient-node",
        "recipient-mailboxes": "recipient-mailbox", "links": "link", "ages": "age", "levels": "level",
        "classifications": "classification", "compartment": "compartments", "caveat": "caveats",
        "communities": "community", "type": "types", "precedences": "precedence",
    ]

    func read(_ fields: [String: YAMLItem]) throws(PolicyError) -> Conditions {
        var conditions = Conditions()
        try readParties(fields, into: &conditions)
        try readLabel(fields, into: &conditions)
        conditions.actions = try selection(fields["action"], "actions") { text, item throws(PolicyError) in
            try item.match(text, AccessAction.allCases.map { ($0.rawValue, $0) })
        }
        let precedences = Precedence.allCases.map(\.name)
        conditions.precedences = try ranks(fields["precedence"], "precedences", precedences)
        conditions.realms = try selection(fields["realm"], "realms") { text, item throws(PolicyError) in
            try realm(text, item)
        }
        conditions.links = try ranks(fields["link"], "link strengths", LinkStrength.allCases.map(\.name))
        conditions.ages = try durations(fields["age"], "ages")
        conditions.expiries = try durations(fields["expires"], "times to expiry")
        conditions.dates = try RuleReader.dates(fields)
        return conditions
    }

    private func readParties(
        _ fields: [String: YAMLItem],
        into conditions: inout Conditions
    ) throws(PolicyError) {
        let levels = names.levels.map(\.rawValue)
        conditions.owners = try selection(fields["owner"], "label owners") { text, item throws(PolicyError) in
            try owner(text, item)
        }
        conditions.holders = try parties(fields["holder"])
        conditions.holderKinds = try kinds(fields["holder-kind"])
        conditions.holderNodes = try nodes(fields["holder-node"])
        conditions.holderCeilings = try ranks(fields["holder-ceiling"], "levels", levels)
        conditions.holderAccreditations = try ranks(fields["holder-accreditation"], "levels", levels)
        conditions.holderReadIn = try carried(fields["holder-read-in"], "compartments", names.compartments)
        conditions.recipients = try parties(fields["recipient"])
        conditions.recipientKinds = try kinds(fields["recipient-kind"])
        conditions.recipientNodes = try nodes(fields["recipient-node"])
        conditions.recipientMailboxes = try selection(
            fields["recipient-mailbox"],
            "mailboxes"
        ) { text, item throws(PolicyError) in
            try mailbox(text, item)
        }
        conditions.recipientCeilings = try ranks(fields["recipient-ceiling"], "levels", levels)
        conditions.recipientAccreditations = try ranks(fields["recipient-accreditation"], "levels", levels)
        conditions.recipientReadIn = try carried(fields["recipient-read-in"], "compartments", names.compartments)
    }

    private func readLabel(_ fields: [String: YAMLItem], into conditions: inout Conditions) throws(PolicyError) {
        conditions.levels = try levels(fields)
        conditions.classifications = try selection(
            fields["classification"],
            "classifications"
        ) { text, item throws(PolicyError) in
            try names.known(text, "classifications", names.classifications, at: item, declaredIn: "ladders")
        }
        conditions.compartments = try carried(fields["compartments"], "compartments", names.compartments)
        conditions.caveats = try carried(fields["caveats"], "caveats", names.caveats)
        conditions.releasability = try selection(fields["releasable"], "states") { text, item throws(PolicyError) in
            try item.match(text, StatedReleasability.allCases.map { ($0.rawValue, $0) })
        }
        conditions.communities = try named(fields["community"], "communities", Set(names.communities.keys))
        conditions.types = try named(fields["types"], "types", names.types)
    }

    private func owner(_ text: String, _ item: YAMLItem) throws(PolicyError) -> PartyTerm {
        guard text != "owner" else {
            throw item.error("expected a partner or group, got `owner`: the label's owner is always its owner")
        }
        return try party(text, item)
    }

    private func parties(_ item: YAMLItem?) throws(PolicyError) -> Selection<PartyTerm>? {
        try selection(item, "partners and groups") { text, item throws(PolicyError) in
            text == "owner" ? .owner : try party(text, item)
        }
    }

    private func party(_ text: String, _ item: YAMLItem) throws(PolicyError) -> PartyTerm {
        if names.partners[PolicyPartner(text)] != nil { return .partner(PolicyPartner(text)) }
        if names.groups[GroupName(text)] != nil { return .group(GroupName(text)) }
        let known = names.partners.keys.map(\.rawValue).sorted() + names.groups.keys.map(\.rawValue).sorted()
        throw names.unknown(text, "partner or group", known, "partners` or `groups", at: item)
    }

    private func kinds(_ item: YAMLItem?) throws(PolicyError) -> Selection<PartnerKind>? {
        try selection(item, "kinds") { text, item throws(PolicyError) in try names.kind(text, at: item) }
    }

    private func nodes(_ item: YAMLItem?) throws(PolicyError) -> Selection<PolicyNode>? {
        try selection(item, "nodes") { text, item throws(PolicyError) in
            guard names.nodes[PolicyNode(text)] != nil else {
                throw names.unknown(text, "node", names.nodes.keys.map(\.rawValue).sorted(), "nodes", at: item)
            }
            return PolicyNode(text)
        }
    }

    /// `UN/situation-room`: the partner must be declared, the mailbox stands in the directory.
    private func mailbox(_ text: String, _ item: YAMLItem) throws(PolicyError) -> PolicyMailbox {
        guard let slash = text.firstIndex(of: "/") else {
            throw item.error("expected a partner's code, `/` and a mailbox, such as `UN/situation-room`, got `\(text)`")
        }
        let partner = try names.partner(String(text[..<slash]), at: item)
        return PolicyMailbox(partner, try PolicyNames.mailbox(String(text[text.index(after: slash)...]), at: item))
    }

    private func realm(_ text: String, _ item: YAMLItem) throws(PolicyError) -> PolicyRealm {
        let realm = PolicyRealm(text)
        let known = Set(names.nodes.values.map(\.realm)).union([.live])
        guard known.contains(realm) else {
            throw names.unknown(text, "realm", known.sorted().map(\.rawValue), "nodes", at: item)
        }
        return realm
    }

    /// Names that a label carries one of at most, or `none`.
    private func named<Component: LabelComponent>(
        _ item: YAMLItem?,
        _ section: String,
        _ declared: Set<Component>
    ) throws(PolicyError) -> Selection<NameOrNone<Component>>? {
        try selection(item, section) { text, item throws(PolicyError) in
            text == "none" ? .none : .name(try names.known(text, section, declared, at: item))
        }
    }
}
