public import CanonicalEncoding

/// What is different between two policies, short enough for a log entry: the parts by name, and how many flows open and
/// close.
public struct PolicyChangeSummary: Hashable, Sendable {
    private let difference: PolicyDifference

    public init(from old: Policy, to new: Policy) { difference = PolicyDifference(from: old, to: new) }

    /// The parts that are new, gone or otherwise, such as `agreement maritime-2026`.
    public func parts(_ kind: PolicyChange.Kind) -> [String] {
        difference.changes.filter { $0.kind == kind }.map { change in
            change.name.map { "\(change.part) \($0)" } ?? change.part
        }
    }

    public var json: JSONValue {
        func list(_ kind: PolicyChange.Kind) -> JSONValue { .array(parts(kind).map { .string($0) }) }
        return [
            "added": list(.added), "removed": list(.removed), "changed": list(.changed),
            "flows-opening": .integer(Int64(difference.opened.count)),
            "flows-closing": .integer(Int64(difference.closed.count)),
        ]
    }
}
