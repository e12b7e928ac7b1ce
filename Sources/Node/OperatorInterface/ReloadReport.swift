import CanonicalEncoding
import CoalitionDirectory

/// How a reload of configuration and material ended.
package enum ReloadReport: Hashable, Sendable {
    case unchanged
    case changed(policy: Bool, directory: Bool)
    /// Sheets of some partners are refused, so that those accepted before stay in force; all else is as it is said.
    case partial(policy: Bool, directory: Bool, refused: [NodeDescription.Alarm])
    /// What there is now does not load, so that the state before stays in force; this is why.
    case kept(String)

    var json: JSONValue {
        switch self {
        case .unchanged: ["outcome": "unchanged"]
        case .changed(let policy, let directory):
            ["outcome": "changed", "policy": .bool(policy), "directory": .bool(directory)]
        case .partial(let policy, let directory, let refused):
            [
                "outcome": "partial", "policy": .bool(policy), "directory": .bool(directory),
                "refused": .array(refused.map(\.json)),
            ]
        case .kept(let detail): ["outcome": "kept", "detail": .string(detail)]
        }
    }
}
