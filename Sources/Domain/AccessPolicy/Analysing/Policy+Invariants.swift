public import CanonicalEncoding

/// An invariant that a policy breaks, with a request that shows it.
public struct BrokenInvariant: Hashable, Sendable, CustomStringConvertible {
    public let name: RuleName
    /// The promise that is broken.
    public let says: String
    /// A request that the policy allows, and that the invariant says it never may.
    public let request: AccessRequest
    /// A time at which it is allowed.
    public let time: Timestamp
    /// The decision about it in words.
    public let explanation: Explanation

    public var description: String {
        "invariant `\(name)` is broken: \(says)\n\(explanation.text)"
    }
}

/// A policy must not be put in force because it allows what its own invariants say it never may.
public struct BrokenInvariants: Error, Sendable, CustomStringConvertible {
    /// In ascending order of name, at least one.
    public let broken: [BrokenInvariant]

    public var description: String {
        broken.map(\.description).joined(separator: "\n")
            + "\nadd a guardrail, narrow the agreement, or change the invariant"
    }
}

extension Policy {
    /// Proves every invariant over all requests and all times, by analysis and not by samples.
    /// - Returns: The names of the invariants, all of which hold.
    /// - Throws: `BrokenInvariants` with one counter-example for each that does not.
    @discardableResult
    public func provenInvariants() throws(BrokenInvariants) -> [RuleName] {
        let broken = brokenInvariants()
        guard broken.isEmpty else { throw BrokenInvariants(broken: broken) }
        return invariants.map(\.name)
    }

    /// The invariants that some request breaks, in ascending order of name.
    public func brokenInvariants() -> [BrokenInvariant] {
        broken(among: invariants[...], by: CompiledPolicy(self))
    }

    /// Asks about all of them at once, and about each half alone where the answer is that one is broken.
    private func broken(among invariants: ArraySlice<Invariant>, by compiled: CompiledPolicy) -> [BrokenInvariant] {
        guard let first = invariants.first else { return [] }
        var search = InvariantSearch(self, invariants)
        guard let found = search.counterExample() else { return [] }
        guard invariants.count == 1 else {
            let half = invariants.startIndex + invariants.count / 2
            return broken(among: invariants[..<half], by: compiled) + broken(among: invariants[half...], by: compiled)
        }
        return [
            BrokenInvariant(
                name: first.name,
                says: first.says,
                request: found.request,
                time: found.time,
                explanation: compiled.explain(found.request, at: found.time)
            )
        ]
    }
}
