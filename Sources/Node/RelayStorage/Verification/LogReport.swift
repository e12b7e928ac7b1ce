package import TransparencyLog

/// One thing that is wrong with a stored log.
package struct LogFinding: Hashable, Sendable, CustomStringConvertible {
    /// What was examined.
    package enum Subject: String, Hashable, Sendable, CaseIterable {
        case log
        case entry
        case details
        case tile
        case checkpoint
    }

    package let subject: Subject
    /// The first entry that is affected; nil when the finding is about the log as a whole.
    package let index: UInt64?
    /// What was expected and what is there.
    package let detail: String

    package var description: String {
        let place = index.map { " at index \($0)" } ?? ""
        return "\(subject.rawValue)\(place): \(detail)"
    }
}

/// The outcome of verifying a stored log.
package struct LogReport: Hashable, Sendable {
    /// The most findings that are listed; all are counted.
    package static let maximumFindings = 1000

    /// The log's name, as the database claims it.
    package internal(set) var origin = ""
    /// The tree that the entries' bytes give; nil when they have gaps.
    package internal(set) var head: TreeHead?
    package internal(set) var entryCount = 0
    package internal(set) var detailsCount = 0
    /// Entries whose details are gone, as erasure leaves them.
    package internal(set) var erasedCount = 0
    /// Those of them whose erasure no entry of the log records; each is a finding.
    package internal(set) var unexplainedErasureCount = 0
    package internal(set) var tileCount = 0
    package internal(set) var checkpointCount = 0
    package internal(set) var findingCount = 0
    package private(set) var findings: [LogFinding] = []

    /// Whether nothing is wrong.
    package var isSound: Bool { findingCount == 0 }

    /// The finding with the smallest index; one without an index only when there is no other.
    package var firstBad: LogFinding? {
        findings.filter { $0.index != nil }.min { ($0.index ?? 0) < ($1.index ?? 0) } ?? findings.first
    }

    package var firstBadIndex: UInt64? { firstBad?.index }

    /// The first index in the range that a finding names; what covers many entries is wrong because of that one.
    func firstKnown(in covered: Range<UInt64>) -> UInt64? {
        findings.compactMap(\.index).filter { covered.contains($0) }.min()
    }

    mutating func add(_ subject: LogFinding.Subject, _ index: UInt64?, _ detail: String) {
        findingCount += 1
        guard findings.count < Self.maximumFindings else { return }
        findings.append(LogFinding(subject: subject, index: index, detail: detail))
    }
}
