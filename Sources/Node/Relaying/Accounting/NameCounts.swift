package import CanonicalEncoding

/// How often each name came, for a bounded number of names: nobody fills the memory of whoever counts by inventing more.
package struct NameCounts: Hashable, Sendable {
    /// How many names are told apart.
    package static let capacity = 1000

    package private(set) var counts: [String: Int] = [:]
    /// What came under further names.
    package private(set) var others = 0

    package init() {}

    package subscript(name: String) -> Int { counts[name, default: 0] }

    package var isEmpty: Bool { counts.isEmpty && others == 0 }

    package var total: Int { counts.values.reduce(others, +) }

    /// The names, the most frequent first, equal ones in their alphabet's order.
    package var ranked: [(name: String, count: Int)] {
        counts.map { (name: $0.key, count: $0.value) }.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    }

    package mutating func add(_ name: String, _ count: Int = 1) {
        guard count > 0 else { return }
        if counts[name] != nil || counts.count < Self.capacity, !name.isEmpty {
            counts[name, default: 0] += count
        } else {
            others += count
        }
    }

    package mutating func add(_ more: NameCounts) {
        for (name, count) in more.counts.sorted(by: { $0.key < $1.key }) { add(name, count) }
        others += more.others
    }

    /// Each name with its count; further ones are under the empty name.
    package var json: JSONValue {
        var members = counts.mapValues { JSONValue.integer(Int64($0)) }
        if others > 0 { members[""] = .integer(Int64(others)) }
        return .object(members)
    }

    package init(json: JSONValue?) throws(MalformedTally) {
        for (name, count) in try MalformedTally.members(json, "counts") {
            let count = try MalformedTally.count(count, name)
            if name.isEmpty { others += count } else { add(name, count) }
        }
    }
}

/// Why JSON is not a tally as a node writes it.
package struct MalformedTally: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    /// The largest count that is taken: sums of many of them still fit.
    private static let largest: Int64 = 1 << 53

    static func members(_ json: JSONValue?, _ what: String) throws(MalformedTally) -> [String: JSONValue] {
        guard let members = json?.objectValue else { throw MalformedTally("expected \(what) to be an object") }
        return members
    }

    static func count(_ json: JSONValue?, _ what: String) throws(MalformedTally) -> Int {
        guard let count = json?.integerValue, (0...largest).contains(count) else {
            throw MalformedTally("expected `\(what)` to be a number from 0")
        }
        return Int(count)
    }
}
