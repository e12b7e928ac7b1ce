import CanonicalEncoding
import CoalitionDirectory

extension NodeDescription.Witnessing {
    var json: JSONValue {
        [
            "quorum": .integer(Int64(quorum)),
            "stable": .integer(Int64(clamping: stable)),
            "witnessed": .integer(Int64(clamping: witnessed)),
            "witnesses": .array(witnesses.map(\.json)),
        ]
    }
}

extension NodeDescription.Witness {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = ["node": .string(node.description)]
        members["size"] = size.map { .integer(Int64(clamping: $0)) }
        members["late-for"] = lateFor.map { .integer(Int64($0)) }
        members["last-error"] = lastError.map { .string($0) }
        return .object(members)
    }
}
