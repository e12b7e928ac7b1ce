/// A fact of a request that takes one of a number of values; several dimensions may look at the same one.
///
/// ``PolicyIndex`` says how many values each has under a policy and what each is called.
enum Axis: Int, Hashable, Sendable, CaseIterable {
    case action
    case precedence
    case realm
    /// The raw value of a ``LinkStrength``.
    case link
    /// The stretch of ``PolicyIndex/ages`` that the age lies in; the value behind the last is an age that is not known.
    case age
    case expiry
    /// The stretch of ``PolicyIndex/times`` that the time lies in.
    case stretch
    /// The mailboxes that rules name; then for each partner any other one of it; then none at all; then for each partner
    /// one that is not known.
    case mailbox
    /// `partner * 2`, and one more where the partner is an owner of the label.
    case holder
    case recipient
    /// The nodes; then for each partner a node of it that is not known.
    case holderNode
    case recipientNode
    /// An owner that has a ladder; a label of several owners has several values.
    case owner
    /// A classification word, whoever's it is.
    case classification
    /// The rank; behind the last, no level.
    case level
    /// The number of a ``StatedReleasability``.
    case releasability
    /// The communities; behind the last, none.
    case community
    /// The types; behind the last, none.
    case type

    /// Whether the label alone decides the value, whatever the time is.
    var isOfLabel: Bool {
        switch self {
        case .owner, .classification, .releasability, .community, .type: true
        case .action, .precedence, .realm, .link, .age, .expiry, .stretch, .mailbox, .holder, .recipient, .holderNode,
            .recipientNode, .level:
            false
        }
    }

    /// The dimensions that look at it.
    var dimensions: [Dimension] { Dimension.allCases.filter { $0.subject == .axis(self) } }
}

/// A fact of a request that is a set of names.
enum CarriedAxis: Int, Hashable, Sendable, CaseIterable {
    case compartments
    case caveats
}
