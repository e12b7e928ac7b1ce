import CanonicalEncoding

/// How a reload of configuration and material ended.
package enum ReloadReport: Hashable, Sendable {
    case unchanged
    case changed(policy: Bool, directory: Bool)
    /// What there is now does not load, so that the state before stays in force; this is why.
    case kept(String)

    var json: JSONValue {
        switch self {
        case .unchanged: ["outcome": "unchanged"]
        case .changed(let policy, let directory):
            ["outcome": "changed", "policy": .bool(policy), "directory": .bool(directory)]
        case .kept(let detail): ["outcome": "kept", "detail": .string(detail)]
        }
    }
}
