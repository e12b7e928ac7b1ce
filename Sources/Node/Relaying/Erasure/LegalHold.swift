package import CanonicalEncoding
import MessageEnvelope

/// What must not be erased, and by whose word: the details of an entry `hold`, which are never erased themselves.
package struct LegalHold: Hashable, Sendable {
    /// What an order of this scope would erase.
    package var scope: ErasureOrder.Scope
    /// The court, law or order that demands it.
    package var authority: String
    package var reason: String
    package var persons: [JSONValue]

    package init(_ scope: ErasureOrder.Scope, authority: String, reason: String, persons: [JSONValue]) {
        self.scope = scope
        self.authority = authority
        self.reason = reason
        self.persons = persons
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "authority": .string(authority), "persons": .array(persons), "reason": .string(reason),
        ]
        switch scope {
        case .message(let id): members["message"] = .string(id.description)
        case .entries(let ranges): members["entries"] = ranges.json
        }
        return .object(members)
    }

    /// - Returns: nil unless the details are those of a hold.
    package init?(json: JSONValue) {
        guard let authority = json["authority"]?.stringValue, let reason = json["reason"]?.stringValue,
            let persons = json["persons"]?.arrayValue
        else { return nil }
        switch (json["message"], json["entries"]) {
        case (.some(let message), nil):
            guard let id = message.stringValue.flatMap({ MessageID($0) }) else { return nil }
            self.init(.message(id), authority: authority, reason: reason, persons: persons)
        case (nil, .some(let entries)):
            guard let ranges = IndexRanges(json: entries), !ranges.isEmpty else { return nil }
            self.init(.entries(ranges), authority: authority, reason: reason, persons: persons)
        case (nil, nil), (.some, .some): return nil
        }
    }
}

/// The end of a hold, and by whose word: the details of an entry `hold-release`, which are never erased themselves.
package struct LegalHoldRelease: Hashable, Sendable {
    /// The entry that placed the hold.
    package var hold: UInt64
    package var authority: String
    package var reason: String
    package var persons: [JSONValue]

    package init(hold: UInt64, authority: String, reason: String, persons: [JSONValue]) {
        self.hold = hold
        self.authority = authority
        self.reason = reason
        self.persons = persons
    }

    package var json: JSONValue {
        [
            "authority": .string(authority), "hold": .integer(Int64(clamping: hold)), "persons": .array(persons),
            "reason": .string(reason),
        ]
    }

    /// - Returns: nil unless the details are those of a release.
    package init?(json: JSONValue) {
        guard let hold = json["hold"]?.integerValue.flatMap({ UInt64(exactly: $0) }),
            let authority = json["authority"]?.stringValue, let reason = json["reason"]?.stringValue,
            let persons = json["persons"]?.arrayValue
        else { return nil }
        self.init(hold: hold, authority: authority, reason: reason, persons: persons)
    }
}
