import CanonicalEncoding
import Relaying

/// An entry to be appended, with its details already encoded: the encoding is done on the caller's thread.
struct PreparedEntry: Sendable {
    let draft: AuditEntryDraft
    let details: [UInt8]

    init(_ draft: AuditEntryDraft) {
        self.draft = draft
        details = draft.details.canonicalBytes
    }
}

/// Consecutive entries of the log, those of one job.
struct EntryRange: Hashable, Sendable {
    let first: UInt64
    let count: UInt64
}
