/// Says in words which facts that a rule looks at are not known of a request.
struct UnknownWords {
    let request: AccessRequest

    func facts(for conditions: Conditions) -> [String] {
        var words: [String] = []
        for dimension in Dimension.allCases where conditions.states(dimension) {
            guard let fact = fact(dimension), !words.contains(fact) else { continue }
            words.append(fact)
        }
        return words
    }

    /// nil where what the dimension looks at is known.
    private func fact(_ dimension: Dimension) -> String? {
        let facts = request.facts
        switch dimension {
        case .age:
            return facts.originated == nil
                ? "it is not known when the message was originated, so that it may be of any age" : nil
        case .expiry:
            return facts.expires == nil
                ? "it is not known when the message expires, so that it may last for any time" : nil
        case .link:
            return facts.link == nil ? "the link is not known, and counts as a standard one" : nil
        case .mailbox:
            return facts.mailbox == nil && request.action != .originate
                ? "it is not known which mailbox of \(request.destination) the message is for" : nil
        case .recipientNode, .recipientAccreditation:
            return request.destinationNode == nil
                ? "it is not known which node of \(request.destination) would take it" : nil
        case .holderNode, .holderAccreditation:
            return request.originNode == nil ? "it is not known which node of \(request.origin) sends it" : nil
        case .precedence, .type, .community, .caveats, .releasability, .compartments, .classification, .level, .date,
            .recipientReadIn, .recipientCeiling, .recipientKind, .recipient, .holderReadIn, .holderCeiling, .holderKind,
            .holder, .owner, .realm, .action, .standing:
            return nil
        }
    }
}
