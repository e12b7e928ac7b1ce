import CanonicalEncoding
import SecurityLabels
import StrictYAML

extension TestSuiteReader {
    /// The question of a case.
    func readRequest(
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
    func facts(_ fields: [String: YAMLItem]) throws(PolicyError) -> RequestFacts {
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

    /// A partner's code, or the name of one of its nodes.
    func station(_ item: YAMLItem) throws(PolicyError) -> Station {
        let text = try item.text("a partner's code or a node's name")
        if policy.partners[PolicyPartner(text)] != nil { return Station(PolicyPartner(text)) }
        return try node(item)
    }

    func node(_ item: YAMLItem) throws(PolicyError) -> Station {
        let text = try item.text("a node's name")
        guard let node = policy.nodes[PolicyNode(text)] else {
            throw item.error("the policy has no partner or node `\(text)`: correct it, or declare it in the policy")
        }
        return Station(node.partner, node: PolicyNode(text))
    }

    func precedence(_ item: YAMLItem) throws(PolicyError) -> Precedence {
        let text = try item.text("a precedence")
        guard let precedence = Precedence(name: text) else {
            let names = Precedence.allCases.reversed().map { "`\($0.name)`" }.joined(separator: ", ")
            throw item.error("expected one of \(names), got `\(text)`")
        }
        return precedence
    }

    func realm(_ item: YAMLItem) throws(PolicyError) -> PolicyRealm {
        try PolicyNames.realm(item.text("a realm"), at: item)
    }
}
