package import CanonicalEncoding
package import OpenSSLCrypto

/// The members of an entry where they stand in its canonical bytes: nothing is copied, and nothing outlives the bytes.
///
/// Texts are without their quotation marks; `reasons` is the array with its brackets.
package struct AuditEntrySpans {
    package fileprivate(set) var index: UInt64 = 0
    package fileprivate(set) var kind = AuditEntryKind.start
    package fileprivate(set) var outcome = AuditOutcome.done
    package fileprivate(set) var time = Timestamp(millisecondsSinceEpoch: 0)
    package fileprivate(set) var log = UnsafeRawBufferPointer(start: nil, count: 0)
    package fileprivate(set) var details: SHA256Digest?
    package fileprivate(set) var sequence: UInt64?
    package fileprivate(set) var kindText = UnsafeRawBufferPointer(start: nil, count: 0)
    package fileprivate(set) var outcomeText = UnsafeRawBufferPointer(start: nil, count: 0)
    package fileprivate(set) var peer: UnsafeRawBufferPointer?
    package fileprivate(set) var destination: UnsafeRawBufferPointer?
    package fileprivate(set) var reasons: UnsafeRawBufferPointer?
    package fileprivate(set) var message: (UInt64, UInt64)?
    package fileprivate(set) var policy: SHA256Digest?
}

/// Reads entries as ``AuditEntry/init(canonicalBytes:)`` does, many times faster and only those of the usual form.
///
/// INVARIANT: what ``scan(_:)`` accepts, that accepts too, and both read the same. What it does not accept may still be
/// an entry, with escapes or letters beyond ASCII, and is to be read in full.
package struct AuditEntryScanner {
    // Judged once each, as `KnownTexts` says: the words of the vocabulary and the identities recur from entry to entry.
    private var kinds = KnownTexts<AuditEntryKind> { AuditEntryKind(rawValue: $0) }
    private var outcomes = KnownTexts<AuditOutcome> { AuditOutcome(rawValue: $0) }
    private var objects = KnownTexts<TransferObjectKind> { TransferObjectKind(rawValue: $0) }
    private var identities = KnownTexts<Bool>(EntryTexts.identity)
    private var realms = KnownTexts<Bool>(EntryTexts.realm)
    private var logs = KnownTexts<Bool>(EntryTexts.log)
    private var times = KnownTexts<Timestamp>(capacity: 1, EntryTexts.time)
    private var digests = KnownTexts<SHA256Digest>(capacity: 4) { Hex.decode($0).flatMap { SHA256Digest($0) } }

    package init() {}

    /// The members; nil when the bytes are to be read in full.
    package mutating func scan(_ bytes: UnsafeRawBufferPointer) -> AuditEntrySpans? {
        guard bytes.count <= AuditEntry.maximumSize, var reader = SpanReader(bytes) else { return nil }
        var spans = AuditEntrySpans()
        // In the order of the canonical form, which is that of the names' bytes.
        if reader.take(#"{"destination":""#) {
            guard let text = reader.text(), identities.value(of: text) != nil else { return nil }
            spans.destination = text
            guard reader.take(#","details":""#) else { return nil }
        } else {
            guard reader.take(#"{"details":""#) else { return nil }
        }
        guard let details = reader.digest() else { return nil }
        spans.details = details
        if reader.take(#","digest":""#) { guard reader.hexadecimal() != nil else { return nil } }
        if reader.take(#","directory":""#) {
            guard let text = reader.text(of: 64), digests.value(of: text) != nil else { return nil }
        }
        if reader.take(#","envelope":""#) { guard reader.hexadecimal() != nil else { return nil } }
        guard reader.take(#","index":"#), let index = reader.integer() else { return nil }
        spans.index = index
        guard reader.take(#","kind":""#), let kind = reader.text(), let known = kinds.value(of: kind) else {
            return nil
        }
        (spans.kind, spans.kindText) = (known, kind)
        guard reader.take(#","log":""#), let log = reader.text(), logs.value(of: log) != nil else { return nil }
        spans.log = log
        if reader.take(#","message":""#) {
            guard let message = reader.messageID() else { return nil }
            spans.message = message
        }
        if reader.take(#","next-hop":""#) {
            guard let text = reader.text(), identities.value(of: text) != nil else { return nil }
        }
        guard reader.take(#","nonce":""#), reader.hexadecimal() != nil else { return nil }
        if reader.take(#","object":""#) {
            guard let text = reader.text(), objects.value(of: text) != nil else { return nil }
        }
        guard reader.take(#","outcome":""#), let outcome = reader.text(), let ended = outcomes.value(of: outcome) else {
            return nil
        }
        (spans.outcome, spans.outcomeText) = (ended, outcome)
        if reader.take(#","peer":""#) {
            guard let text = reader.text(), identities.value(of: text) != nil else { return nil }
            spans.peer = text
        }
        if reader.take(#","policy":""#) {
            guard let text = reader.text(of: 64), let policy = digests.value(of: text) else { return nil }
            spans.policy = policy
        }
        guard reader.take(#","realm":""#), let realm = reader.text(), realms.value(of: realm) != nil else { return nil }
        if reader.take(#","reasons":"#) {
            guard let reasons = reader.texts() else { return nil }
            spans.reasons = reasons
        }
        if reader.take(#","sequence":"#) {
            guard let sequence = reader.integer() else { return nil }
            spans.sequence = sequence
        }
        guard reader.take(#","time":""#), let time = reader.text(), let moment = times.value(of: time) else {
            return nil
        }
        spans.time = moment
        guard reader.take(#","version":"#), reader.integer() == UInt64(AuditEntry.version), reader.take("}"),
            reader.isAtEnd
        else { return nil }
        return spans
    }
}
