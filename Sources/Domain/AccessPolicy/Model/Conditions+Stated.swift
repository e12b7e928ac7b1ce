extension Conditions {
    /// Whether the rule says anything about the dimension.
    public func states(_ dimension: Dimension) -> Bool {
        switch dimension {
        case .precedence: precedences != nil
        case .type: types != nil
        case .community: communities != nil
        case .caveats: caveats != nil
        case .releasability: releasability != nil
        case .compartments: compartments != nil
        case .classification: classifications != nil
        case .level: levels != nil
        case .expiry: expiries != nil
        case .link: links != nil
        case .age: ages != nil
        case .date: dates != DateSpan()
        case .mailbox: recipientMailboxes != nil
        case .recipient: recipients != nil
        case .recipientKind: recipientKinds != nil
        case .recipientNode: recipientNodes != nil
        case .recipientCeiling: recipientCeilings != nil
        case .recipientAccreditation: recipientAccreditations != nil
        case .recipientReadIn: recipientReadIn != nil
        case .holder: holders != nil
        case .holderKind: holderKinds != nil
        case .holderNode: holderNodes != nil
        case .holderCeiling: holderCeilings != nil
        case .holderAccreditation: holderAccreditations != nil
        case .holderReadIn: holderReadIn != nil
        case .owner: owners != nil
        case .realm: realms != nil
        case .action: actions != nil
        case .standing: isSuspended
        }
    }
}
