import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import Relaying

/// An entry to be appended, with its details already encoded, and its bytes and columns as far as the draft determines them:
/// that is done on the caller's thread, and the writer's has less to do.
struct PreparedEntry: Sendable {
    let draft: AuditEntryDraft
    let details: [UInt8]
    let spelling: AuditEntrySpelling
    let peer: String?
    let message: [UInt8]?
    let reasons: String
    let destination: String?
    let policy: [UInt8]?

    init(_ draft: AuditEntryDraft) {
        self.draft = draft
        details = draft.details.canonicalBytes
        spelling = AuditEntrySpelling(draft)
        peer = draft.peer?.description
        message = draft.message?.bytes
        reasons = EntryTable.text(ofReasons: draft.reasons)
        destination = draft.destination?.description
        policy = draft.policy?.bytes
    }
}

/// Consecutive entries of the log, those of one job.
struct EntryRange: Hashable, Sendable {
    let first: UInt64
    let count: UInt64
}
