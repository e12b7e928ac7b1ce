package import TransparencyLog

/// The outcome of verifying a stored log.
package struct LogReport: Hashable, Sendable {
    /// The most findings that are listed; all are counted.
    package static let maximumFindings = 1000

    /// The log's name, as the database claims it.
    package internal(set) var origin = ""
    /// The tree that the entries' bytes give; nil when they have gaps.
    package internal(set) var head: TreeHead?
    /// The first entry that was looked at: 0, or the size of the checkpoint that the verification began from.
    package internal(set) var start: UInt64 = 0
    /// Of an archive, the entries that it is to hold; nil of a whole log.
    package internal(set) var segment: Range<UInt64>?
    /// The last signed tree that the entries make and that nothing found lies in; nil when not even the empty one is signed.
    package internal(set) var proven: TreeHead?
    /// How many entries were looked at.
    package internal(set) var entryCount = 0
    package internal(set) var detailsCount = 0
    /// Entries whose details are gone.
    package internal(set) var erasedCount = 0
    /// Those of them whose erasure no entry of the log records; each is a finding.
    package internal(set) var unexplainedErasureCount = 0
    package internal(set) var tileCount = 0
    package internal(set) var checkpointCount = 0
    /// Rows beside the log that were held against it: messages, queues, mailboxes, policies.
    package internal(set) var rowCount = 0
    package internal(set) var findingCount = 0
    package private(set) var findings: [LogFinding] = []

    /// Whether nothing is wrong.
    package var isSound: Bool { findingCount == 0 }

    /// The finding with the smallest index: of the log itself, else of the rows beside it; one without an index only when
    /// there is no other.
    package var firstBad: LogFinding? {
        let placed = findings.filter { $0.index != nil }
        let own = placed.filter(\.subject.isOfLog)
        return (own.isEmpty ? placed : own).min { ($0.index ?? 0) < ($1.index ?? 0) } ?? findings.first
    }

    package var firstBadIndex: UInt64? { firstBad?.index }

    /// The first index in the range that a finding names; what covers many entries is wrong because of that one.
    func firstKnown(in covered: Range<UInt64>) -> UInt64? {
        findings.compactMap(\.index).filter { covered.contains($0) }.min()
    }

    /// The largest of the trees, each signed and made by the entries, before the first thing that is wrong.
    func proven(of heads: [TreeHead]) -> TreeHead? {
        guard !findings.contains(where: { $0.subject == .log }) else { return nil }
        let end = firstBadIndex ?? .max
        return heads.last { $0.size <= end }
    }

    mutating func add(_ subject: LogFinding.Subject, _ index: UInt64?, _ detail: String) {
        findingCount += 1
        guard findings.count < Self.maximumFindings else { return }
        findings.append(LogFinding(subject: subject, index: index, detail: detail))
    }
}
