package import CanonicalEncoding
package import MessageEnvelope

/// What is to be erased, and by whose word.
package struct ErasureOrder: Hashable, Sendable {
    package enum Scope: Hashable, Sendable {
        /// The bodies of all messages with the id, and the details of every entry about them.
        case message(MessageID)
        /// The details of these entries.
        case entries(IndexRanges)
    }

    package var scope: Scope
    package var authority: String
    package var reason: String
    /// Whether a message may be erased that its recipient has not opened.
    package var includesUnread: Bool
    /// Who asked, and who confirmed.
    package var persons: [JSONValue]

    package init(
        _ scope: Scope,
        authority: String,
        reason: String,
        includesUnread: Bool = false,
        persons: [JSONValue] = []
    ) {
        self.scope = scope
        self.authority = authority
        self.reason = reason
        self.includesUnread = includesUnread
        self.persons = persons
    }
}
