/// What a condition asks of the compartments or caveats that a label carries; all parts must hold.
public struct CarriedCondition<Name: Hashable & Comparable & Sendable>: Hashable, Sendable {
    /// At least one of these is carried; no demand where it is empty. Ascending.
    public let any: [Name]
    /// Every one of these is carried. Ascending.
    public let all: [Name]
    /// None of these is carried. Ascending.
    public let excluded: [Name]
    /// No others than these are carried; an empty list means none at all, nil is no demand. Ascending.
    public let only: [Name]?
    /// At least one is carried, whichever.
    public let isCarried: Bool

    init(any: [Name] = [], all: [Name] = [], excluded: [Name] = [], only: [Name]? = nil, isCarried: Bool = false) {
        // One name that must be carried is the same, whichever way it is said.
        let isOne = any.isEmpty && all.count == 1
        self.any = isOne ? all : any.sorted()
        self.all = isOne ? [] : all.sorted()
        self.excluded = excluded.sorted()
        self.only = only?.sorted()
        self.isCarried = isCarried && any.isEmpty && all.isEmpty
    }

    /// Whether something of what is carried must be named.
    var asks: Bool { isCarried || !any.isEmpty }

    /// Whether carrying the name meets what must be carried.
    func asksFor(_ name: Name) -> Bool { isCarried || any.contains(name) }

    /// Whether the name may be carried.
    func tolerates(_ name: Name) -> Bool { !excluded.contains(name) && only?.contains(name) ?? true }

    /// Whether a set with exactly these names meets the condition.
    func holds(for carried: some Collection<Name>) -> Bool {
        (!asks || carried.contains(where: asksFor)) && carried.allSatisfy(tolerates) && all.allSatisfy(carried.contains)
    }
}
