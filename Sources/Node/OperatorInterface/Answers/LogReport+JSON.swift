import CanonicalEncoding
import OpenSSLCrypto
import RelayStorage
import TransparencyLog

extension LogReport {
    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "sound": .bool(isSound),
            "log": .string(origin),
            "entries": .integer(Int64(entryCount)),
            "details": .integer(Int64(detailsCount)),
            "erased": .integer(Int64(erasedCount)),
            "unexplained-erasures": .integer(Int64(unexplainedErasureCount)),
            "tiles": .integer(Int64(tileCount)),
            "checkpoints": .integer(Int64(checkpointCount)),
            "rows": .integer(Int64(rowCount)),
            "start": .integer(Int64(clamping: start)),
            "finding-count": .integer(Int64(findingCount)),
            "findings": .array(findings.map(\.json)),
        ]
        members["first"] = segment.map { .integer(Int64(clamping: $0.lowerBound)) }
        members["last"] = segment.map { .integer(Int64(clamping: $0.upperBound - 1)) }
        members["size"] = head.map { .integer(Int64(clamping: $0.size)) }
        members["root"] = head.map { .string($0.root.hex) }
        members["proven-size"] = proven.map { .integer(Int64(clamping: $0.size)) }
        members["proven-root"] = proven.map { .string($0.root.hex) }
        members["first-bad-index"] = firstBadIndex.map { .integer(Int64(clamping: $0)) }
        return members
    }
}

extension LogFinding {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = ["subject": .string(subject.rawValue), "detail": .string(detail)]
        members["index"] = index.map { .integer(Int64(clamping: $0)) }
        return .object(members)
    }
}
