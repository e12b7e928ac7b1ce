public import CanonicalEncoding
public import SecurityLabels

/// The conditions of one rule; all that are given must hold, and one that is not given does not restrict.
public struct Conditions: Hashable, Sendable {
    public internal(set) var actions: Selection<AccessAction>?
    public internal(set) var owners: Selection<PartyTerm>?
    public internal(set) var holders: Selection<PartyTerm>?
    public internal(set) var recipients: Selection<PartyTerm>?
    public internal(set) var recipientKinds: Selection<PartnerKind>?
    /// The label's level must be above this rank of the common ladder.
    public internal(set) var aboveRank: Int?
    /// The label's level must not be above this rank of the common ladder.
    public internal(set) var upToRank: Int?
    public internal(set) var compartments: CarriedCondition<Compartment>?
    public internal(set) var caveats: CarriedCondition<Caveat>?
    public internal(set) var communities: Selection<NameOrNone<CommunityName>>?
    public internal(set) var types: Selection<NameOrNone<MessageType>>?
    public internal(set) var precedences: Selection<Precedence>?
    public internal(set) var realms: Selection<PolicyRealm>?
    public internal(set) var dates = DateSpan()
}

/// Days from and until which something holds, both included, in UTC; a missing end is open.
public struct DateSpan: Hashable, Sendable {
    /// The first day, as its midnight.
    public internal(set) var from: Timestamp?
    /// The last day, as its midnight; the span ends at the next one.
    public internal(set) var until: Timestamp?

    init(from: Timestamp? = nil, until: Timestamp? = nil) {
        self.from = from
        self.until = until
    }

    static let day: Int64 = 86_400

    /// The first moment that is too late; nil when the span has no last day.
    var end: Timestamp? { until?.adding(seconds: Self.day) }

    package func contains(_ time: Timestamp) -> Bool {
        if let from, time < from { return false }
        if let end, time >= end { return false }
        return true
    }
}
