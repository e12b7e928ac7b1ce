package import CanonicalEncoding

/// That the matter of a fork is dealt with, and by whose word: the details of an entry `fork-acknowledgement`, which are
/// never erased.
package struct ForkAcknowledgement: Hashable, Sendable {
    /// The entry that names the evidence.
    package var fork: UInt64
    /// Who decided that the matter is closed, or the procedure.
    package var authority: String
    package var reason: String
    package var persons: [JSONValue]

    package init(fork: UInt64, authority: String, reason: String, persons: [JSONValue]) {
        self.fork = fork
        self.authority = authority
        self.reason = reason
        self.persons = persons
    }

    package var json: JSONValue {
        [
            "authority": .string(authority), "fork": .integer(Int64(clamping: fork)), "persons": .array(persons),
            "reason": .string(reason),
        ]
    }

    /// - Returns: nil unless the details are those of an acknowledgement.
    package init?(json: JSONValue) {
        guard let fork = json["fork"]?.integerValue.flatMap({ UInt64(exactly: $0) }),
            let authority = json["authority"]?.stringValue, let reason = json["reason"]?.stringValue,
            let persons = json["persons"]?.arrayValue
        else { return nil }
        self.init(fork: fork, authority: authority, reason: reason, persons: persons)
    }
}
