import CanonicalEncoding
import OpenSSLCrypto
import RelayStorage
import TransparencyLog

/// The outcome of verifying a log, from a node or from a copied database.
struct VerificationReport: Sendable {
    struct Finding: Sendable {
        let subject: String
        let index: UInt64?
        let detail: String
    }

    /// How many findings are shown to people; all are in the JSON.
    static let shownFindings = 20

    let log: String
    let logKey: String?
    let size: UInt64?
    let root: String?
    let entryCount: Int64
    let detailsCount: Int64
    let erasedCount: Int64
    /// Nil when a node of an older release does not say.
    let unexplainedErasureCount: Int64?
    let tileCount: Int64
    let checkpointCount: Int64
    /// Rows beside the log; nil when a node of an older release does not say.
    let rowCount: Int64?
    /// The first entry that was looked at.
    let start: UInt64
    /// Of an archive, the first and the last entry that it holds; nil of a whole log.
    let segment: ClosedRange<UInt64>?
    /// How far the log is still proven; nil when it is not at all.
    let provenSize: UInt64?
    let provenRoot: String?
    let findingCount: Int64
    let findings: [Finding]
    let firstBadIndex: UInt64?
    /// Evidence that this log or another has forked or gone back.
    let forks: [ForkSummary]

    var isSound: Bool { findingCount == 0 }

    /// - Parameter key: the key that the log was verified with; nil when the database names none.
    init(_ report: LogReport, key: NoteVerifier?, forks: [ForkSummary]) {
        log = report.origin
        logKey = key?.verifierKey
        size = report.head?.size
        root = report.head?.root.hex
        entryCount = Int64(report.entryCount)
        detailsCount = Int64(report.detailsCount)
        erasedCount = Int64(report.erasedCount)
        unexplainedErasureCount = Int64(report.unexplainedErasureCount)
        tileCount = Int64(report.tileCount)
        checkpointCount = Int64(report.checkpointCount)
        rowCount = Int64(report.rowCount)
        start = report.start
        segment = report.segment.map { $0.lowerBound...($0.upperBound - 1) }
        provenSize = report.proven?.size
        provenRoot = report.proven?.root.hex
        findingCount = Int64(report.findingCount)
        findings = report.findings.map { Finding(subject: $0.subject.rawValue, index: $0.index, detail: $0.detail) }
        firstBadIndex = report.firstBadIndex
        self.forks = forks
    }

    /// Reads a node's answer to `POST /v1/audit/verify`.
    init(json: JSONValue) throws(CommandFailure) {
        let answer = try AnswerFields(json, "the verification")
        log = try answer.text("log")
        logKey = try answer.text("log-key")
        size = try answer.optionalIndex("size")
        root = try answer.optionalText("root")
        entryCount = try answer.number("entries")
        detailsCount = try answer.number("details")
        erasedCount = try answer.number("erased")
        unexplainedErasureCount = try answer.optionalNumber("unexplained-erasures")
        tileCount = try answer.number("tiles")
        checkpointCount = try answer.number("checkpoints")
        rowCount = try answer.optionalNumber("rows")
        start = try answer.optionalIndex("start") ?? 0
        let (first, last) = (try answer.optionalIndex("first"), try answer.optionalIndex("last"))
        if let first, let last, first <= last { segment = first...last } else { segment = nil }
        provenSize = try answer.optionalIndex("proven-size")
        provenRoot = try answer.optionalText("proven-root")
        findingCount = try answer.number("finding-count")
        findings = try answer.list("findings", of: "a finding") { fields throws(CommandFailure) in
            Finding(
                subject: try fields.text("subject"),
                index: try fields.optionalIndex("index"),
                detail: try fields.text("detail")
            )
        }
        firstBadIndex = try answer.optionalIndex("first-bad-index")
        forks = try answer.optionalList("forks", of: "a fork", ForkSummary.init) ?? []
    }

    /// As the node answers it.
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "sound": .bool(isSound), "log": .string(log), "entries": .integer(entryCount),
            "details": .integer(detailsCount), "erased": .integer(erasedCount), "tiles": .integer(tileCount),
            "checkpoints": .integer(checkpointCount), "finding-count": .integer(findingCount),
            "findings": .array(findings.map(\.json)),
            "forks": .array(forks.map(\.json)),
        ]
        members["unexplained-erasures"] = unexplainedErasureCount.map { .integer($0) }
        members["start"] = .integer(Int64(clamping: start))
        members["first"] = segment.map { .integer(Int64(clamping: $0.lowerBound)) }
        members["last"] = segment.map { .integer(Int64(clamping: $0.upperBound)) }
        members["rows"] = rowCount.map { .integer($0) }
        members["proven-size"] = provenSize.map { .integer(Int64(clamping: $0)) }
        members["proven-root"] = provenRoot.map { .string($0) }
        members["log-key"] = logKey.map { .string($0) }
        members["size"] = size.map { .integer(Int64(clamping: $0)) }
        members["root"] = root.map { .string($0) }
        members["first-bad-index"] = firstBadIndex.map { .integer(Int64(clamping: $0)) }
        return .object(members)
    }

    /// The report for people.
    func lines(for terminal: Terminal) -> [String] {
        var facts = FactList()
        facts.add("log", log)
        facts.add("log key", logKey)
        facts.add("entries", "\(entryCount); details of \(detailsCount), \(erasedCount) erased")
        facts.add("tiles", "\(tileCount)")
        facts.add("checkpoints", "\(checkpointCount)")
        if let segment {
            facts.add("archive of", "the entries \(segment.lowerBound) to \(segment.upperBound)")
            facts.add("proven by", size.map { "the signed checkpoint of \($0) entries, root \(root ?? "")" })
            return facts.lines() + [""] + verdict(for: terminal)
        }
        facts.add("rows", rowCount.map { "\($0) beside the log" })
        if start > 0 { facts.add("began at", "entry \(start): those before it were not looked at again") }
        facts.add("tree", size.map { "\($0) entries, root \(root ?? "")" } ?? "none: entries are missing")
        return facts.lines() + [""] + verdict(for: terminal)
    }

    private func verdict(for terminal: Terminal) -> [String] {
        var lines: [String] = []
        if let count = unexplainedErasureCount, count > 0 {
            let warning = "warning: details of \(count) entries are gone, and no entry says that they were erased"
            lines.append(terminal.styled(warning, .warning))
        }
        for fork in forks {
            let line = PrintableText.line("fork \(fork.number): \(fork.detail)")
            if let acknowledgement = fork.acknowledgement {
                lines.append("\(line); acknowledged by entry \(acknowledgement.entry)")
            } else {
                lines.append(terminal.styled(line, .failure))
            }
        }
        guard !isSound else {
            let isPart = start > 0 && segment == nil
            let scope = isPart ? ", and the log goes on from the checkpoint given" : ""
            return lines + [terminal.styled("sound: nothing differs\(scope)", .success)]
        }
        lines.append(terminal.styled(PrintableText.line("BROKEN\(place)"), .failure))
        for finding in findings.prefix(Self.shownFindings) {
            let place = finding.index.map { " \($0)" } ?? ""
            lines.append(PrintableText.line("  \(finding.subject)\(place): \(finding.detail)"))
        }
        let rest = findingCount - Int64(min(findings.count, Self.shownFindings))
        if rest > 0 { lines.append("  and \(rest) more") }
        if segment == nil { lines.append(provenLine) }
        return lines
    }

    private var provenLine: String {
        guard let provenSize, let provenRoot else { return "nothing of the log is proven" }
        guard provenSize > 0 else { return "no entry is proven: the first signed tree with entries holds what is bad" }
        return "still proven: the first \(provenSize) entries, by the signed checkpoint with root \(provenRoot)"
    }

    /// The forks that nobody has acknowledged.
    var openForks: [ForkSummary] { forks.filter { $0.acknowledgement == nil } }

    /// The logs of these, each once.
    var forkedLogs: String { Set(openForks.map(\.log)).sorted().joined(separator: "`, `") }

    /// Where the log first differs, for a sentence.
    var place: String { firstBadIndex.map { ": the first bad index is \($0)" } ?? ", at no single index" }
}

extension VerificationReport.Finding {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = ["subject": .string(subject), "detail": .string(detail)]
        members["index"] = index.map { .integer(Int64(clamping: $0)) }
        return .object(members)
    }
}
