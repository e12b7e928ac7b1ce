extension Dimension {
    /// Who could make a condition on this hold for another message or at another time.
    var changer: Explanation.Changer {
        switch self {
        case .precedence, .type, .community, .releasability, .expiry, .age, .mailbox, .recipient: .sender
        case .caveats, .compartments, .classification, .level: .owner
        case .link, .recipientNode, .holderNode, .realm: .operators
        case .date, .recipientReadIn, .recipientAccreditation, .recipientCeiling, .recipientKind, .holderReadIn,
            .holderAccreditation, .holderCeiling, .holderKind, .holder, .owner, .action, .standing:
            .officers
        }
    }

    /// The order in which misses are named: those that the sender can change first.
    static func isNearer(_ left: Dimension, _ right: Dimension) -> Bool {
        (left.changer, left.rawValue) < (right.changer, right.rawValue)
    }
}
