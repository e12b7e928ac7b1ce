package import CanonicalEncoding
package import CoalitionDirectory
import GRDB
package import MessageEnvelope
package import Relaying

/// An entry of the log as it is stored.
package struct StoredEntry: Hashable, Sendable {
    package let entry: AuditEntry
    /// The exact bytes that the log hashes.
    package let bytes: [UInt8]
    /// What the entry commits to; nil once erased.
    package let details: AuditDetails?

    package var index: UInt64 { entry.index }

    static let columns = "e.bytes, d.salt, d.bytes"
    static let source = "entries e LEFT JOIN entry_details d ON d.idx = e.idx"

    init(_ row: Row) throws {
        bytes = try row.bytes(0)
        do {
            entry = try AuditEntry(canonicalBytes: bytes)
        } catch {
            throw StoreError.damaged("\(error)")
        }
        if let salt = try row.optionalBytes(1) {
            details = AuditDetails(salt: salt, bytes: try row.bytes(2))
        } else {
            details = nil
        }
    }
}

/// Which entries to list; what is nil does not restrict.
package struct EntryFilter: Hashable, Sendable {
    package var kinds: Set<AuditEntryKind>
    package var outcomes: Set<AuditOutcome>
    package var peer: SPIFFEID?
    /// Entries about any peer of this trust domain.
    package var domain: TrustDomain?
    package var message: MessageID?
    /// Entries with this reason: a rule of the policy, or a code.
    package var rule: String?
    /// Entries about this mailbox, as the other side or in their details.
    package var mailbox: MailboxAddress?
    /// Entries about a message whose marking holds this text, whatever its case.
    package var label: String?
    /// Entries that hold this text, in themselves or in their details, whatever its case.
    package var text: String?
    /// Entries of this time or later.
    package var since: Timestamp?
    /// Entries before this time.
    package var until: Timestamp?
    /// Entries with a greater index: the last of the page before.
    package var after: UInt64?
    /// Entries with a smaller index: the last of the page before, in reverse.
    package var before: UInt64?
    package var isReversed: Bool
    package var limit: Int
    /// See ``usualWindow``; at least 1.
    var window = EntryFilter.usualWindow

    /// - Parameters:
    ///   - kinds: empty for all.
    ///   - outcomes: empty for all.
    package init(
        kinds: Set<AuditEntryKind> = [],
        outcomes: Set<AuditOutcome> = [],
        peer: SPIFFEID? = nil,
        domain: TrustDomain? = nil,
        message: MessageID? = nil,
        rule: String? = nil,
        mailbox: MailboxAddress? = nil,
        label: String? = nil,
        text: String? = nil,
        since: Timestamp? = nil,
        until: Timestamp? = nil,
        after: UInt64? = nil,
        before: UInt64? = nil,
        isReversed: Bool = false,
        limit: Int = 100
    ) {
        self.kinds = kinds
        self.outcomes = outcomes
        self.peer = peer
        self.domain = domain
        self.rule = rule
        self.mailbox = mailbox
        self.label = label
        self.text = text
        self.message = message
        self.since = since
        self.until = until
        self.after = after
        self.before = before
        self.isReversed = isReversed
        self.limit = limit
    }

    /// Whether details must be read to decide: no index helps, and a page looks at ``window`` entries at most.
    package var readsDetails: Bool { mailbox != nil || label != nil || text != nil }

    /// How many entries are looked at in one read where each must be read whole: no read takes long, so that none keeps
    /// the write-ahead log from being moved.
    static let usualWindow: Int64 = 10_000
}

/// A page of entries in the order of their indices.
package struct EntryPage: Hashable, Sendable {
    package let entries: [StoredEntry]
    /// The index after which, or in reverse before which, the search goes on; nil at its end.
    package let next: UInt64?
}
