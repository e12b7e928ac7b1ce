/// A list of a rule's condition: any of the included ones, or anything where none is included, save the excluded ones.
public struct Selection<Value: Hashable & Comparable & Sendable>: Hashable, Sendable {
    /// The values named plainly, ascending.
    public let included: [Value]
    /// The values named after `not`, ascending.
    public let excluded: [Value]

    init(included: [Value], excluded: [Value]) {
        self.included = included.sorted()
        self.excluded = excluded.sorted()
    }

    /// Whether something is selected, given which values it matches.
    func selects(where matches: (Value) -> Bool) -> Bool {
        (included.isEmpty || included.contains(where: matches)) && !excluded.contains(where: matches)
    }
}

/// A partner, a set of partners, or whoever owns the label.
public enum PartyTerm: Hashable, Comparable, Sendable, CustomStringConvertible {
    case owner
    case partner(PolicyPartner)
    case group(GroupName)

    public var description: String {
        switch self {
        case .owner: "owner"
        case .partner(let partner): partner.rawValue
        case .group(let group): group.rawValue
        }
    }
}

/// A name that a label may carry at most one of, or its absence.
public enum NameOrNone<Name: Hashable & Comparable & Sendable & CustomStringConvertible>: Hashable, Comparable,
    Sendable,
    CustomStringConvertible
{
    case none
    case name(Name)

    public var description: String {
        switch self {
        case .none: "none"
        case .name(let name): name.description
        }
    }
}
