public import CanonicalEncoding
public import SecurityLabels

/// The conditions of one rule; all that are given must hold, and one that is not given does not restrict.
///
/// ``Dimension`` lists what each of them looks at.
public struct Conditions: Hashable, Sendable {
    public internal(set) var actions: Selection<AccessAction>?
    public internal(set) var owners: Selection<PartyTerm>?
    public internal(set) var holders: Selection<PartyTerm>?
    public internal(set) var holderKinds: Selection<PartnerKind>?
    public internal(set) var holderNodes: Selection<PolicyNode>?
    /// The ranks that the holder's ceiling may have.
    public internal(set) var holderCeilings: RankSet?
    /// The ranks that the accreditation of the holder's node may have.
    public internal(set) var holderAccreditations: RankSet?
    /// The compartments that the holder must be read in to.
    public internal(set) var holderReadIn: CarriedCondition<Compartment>?
    public internal(set) var recipients: Selection<PartyTerm>?
    public internal(set) var recipientKinds: Selection<PartnerKind>?
    public internal(set) var recipientNodes: Selection<PolicyNode>?
    public internal(set) var recipientMailboxes: Selection<PolicyMailbox>?
    public internal(set) var recipientCeilings: RankSet?
    public internal(set) var recipientAccreditations: RankSet?
    public internal(set) var recipientReadIn: CarriedCondition<Compartment>?
    /// The ranks of the common ladder that the label's level may have, ``RankSet/noLevel`` among them where it is named.
    public internal(set) var levels: RankSet?
    public internal(set) var classifications: Selection<Classification>?
    public internal(set) var compartments: CarriedCondition<Compartment>?
    public internal(set) var caveats: CarriedCondition<Caveat>?
    public internal(set) var releasability: Selection<StatedReleasability>?
    public internal(set) var communities: Selection<NameOrNone<CommunityName>>?
    public internal(set) var types: Selection<NameOrNone<MessageType>>?
    /// The raw values of the precedences that the message may have.
    public internal(set) var precedences: RankSet?
    public internal(set) var realms: Selection<PolicyRealm>?
    /// The raw values of the strengths that the link may have.
    public internal(set) var links: RankSet?
    /// How long ago the message may have been originated.
    public internal(set) var ages: DurationSet?
    /// How soon the message may expire.
    public internal(set) var expiries: DurationSet?
    public internal(set) var dates = DateSpan()
    /// Whether the rule is suspended and so never holds; agreements alone can be.
    public internal(set) var isSuspended = false
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

    /// Whether there is a moment that both spans contain.
    func overlaps(_ other: DateSpan) -> Bool {
        if let end, let from = other.from, from >= end { return false }
        if let end = other.end, let from, from >= end { return false }
        return true
    }
}
