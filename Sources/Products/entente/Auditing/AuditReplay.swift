import AccessPolicy
import CanonicalEncoding
import OpenSSLCrypto
import Relaying

/// The decisions of a log, made again under the very policies that its entries name.
struct AuditReplay {
    /// An entry that says something else than its policy does.
    struct Difference {
        let index: UInt64
        let time: Timestamp
        let policy: SHA256Digest
        /// What the log says, and what the policy does.
        let logged: String
        let again: String
        /// The question, where it is one decision that differs; nil when the entry contradicts itself.
        let request: JSONValue?
        let explanation: Explanation?
    }

    /// How many differences are shown to people; all are in the JSON.
    static let shownDifferences = 20

    /// In the order of the log.
    private(set) var differences: [Difference] = []
    private(set) var decisions = 0
    /// Entries whose details are gone.
    private(set) var erased = 0
    /// Entries of decisions that were recorded without all that they rest on.
    private(set) var incomplete = 0
    /// The entries decided by each policy that was there to decide again.
    private(set) var policies: [SHA256Digest: Int] = [:]
    /// Policies that are not kept or cannot be read, each with why and the number of its entries.
    private(set) var unknown: [SHA256Digest: (reason: String, entries: Int)] = [:]

    /// Whether every decision could be made again, or was erased by right.
    var isComplete: Bool { incomplete == 0 && unknown.isEmpty }

    /// Decides again what an entry records; entries of something else are passed over.
    mutating func add(_ entry: LogEntry, _ kept: inout KeptPolicies) async throws(CommandFailure) {
        guard let recorded = try entry.recordedDecisions() else {
            erased += 1
            return
        }
        switch recorded {
        case .none: return
        case .incomplete: incomplete += 1
        case .decided(let recorded):
            guard let hash = entry.entry.policy else {
                incomplete += 1
                return
            }
            switch try await kept.policy(hash) {
            case .kept(let policy):
                policies[hash, default: 0] += 1
                compare(entry.entry, recorded, policy, hash)
            case .missing(let reason):
                unknown[hash] = (reason, unknown[hash, default: (reason, 0)].entries + 1)
            }
        }
    }

    private mutating func compare(
        _ entry: AuditEntry,
        _ recorded: [RecordedDecision],
        _ policy: CompiledPolicy,
        _ hash: SHA256Digest
    ) {
        func differ(_ logged: String, _ again: String, _ request: JSONValue? = nil, _ explanation: Explanation? = nil) {
            differences.append(
                Difference(
                    index: entry.index,
                    time: entry.time,
                    policy: hash,
                    logged: logged,
                    again: again,
                    request: request,
                    explanation: explanation
                )
            )
        }
        var reasons: [String] = []
        var isAllowed = true
        let before = differences.count
        for recorded in recorded {
            decisions += 1
            let again = recorded.decide(by: policy)
            if !again.isAllowed {
                isAllowed = false
                for rule in again.rules where !reasons.contains(rule) { reasons.append(rule) }
            }
            let steps = zip(recorded.steps, again.decisions)
            let other = steps.first { $0.wasAllowed != again.isAllowed($1) }
            guard other != nil || recorded.wasAllowed != again.isAllowed || recorded.rules != again.rules else {
                continue
            }
            let shown = other ?? steps.first { _ in true }
            differ(
                Self.text(recorded.wasAllowed, recorded.rules),
                Self.text(again.isAllowed, again.rules),
                shown.map { $0.0.request.json(at: $0.0.time) },
                shown.map { policy.explain($0.1, of: $0.0.request, at: $0.0.time) }
            )
        }
        guard differences.count == before else { return }
        // The decisions are right; so must be what the entry makes of them.
        let isDenial = entry.kind == .denial
        guard isDenial == !isAllowed, isDenial == (entry.outcome == .denied) else {
            return differ("\(entry.kind.rawValue), \(entry.outcome.rawValue)", Self.text(isAllowed, reasons))
        }
        let expected = Array(reasons.prefix(RelayView.maximumReasons))
        if isDenial, entry.reasons != expected {
            differ(Self.text(false, entry.reasons), Self.text(false, expected))
        }
    }

    private static func text(_ isAllowed: Bool, _ rules: [String]) -> String {
        (isAllowed ? "ALLOWED" : "DENIED") + (rules.isEmpty ? "" : " by \(rules.joined(separator: ", "))")
    }
}

extension AuditReplay {
    /// The replay as lines for people.
    var text: String {
        let entries = Set(differences.map(\.index)).count
        var lines = [
            QuantityText.count(decisions, "decision") + " replayed under "
                + QuantityText.count(policies.count, "policy version") + ": "
                + (differences.isEmpty
                    ? "all the same" : (entries == 1 ? "1 entry differs" : "\(entries) entries differ"))
        ]
        if erased > 0 {
            lines.append(QuantityText.count(erased, "entry", "entries") + " erased: nothing is left to decide on")
        }
        if incomplete > 0 {
            lines.append(
                QuantityText.count(incomplete, "entry", "entries") + " of an older release without all that it takes"
            )
        }
        for (hash, missing) in unknown.sorted(by: { $0.key.hex < $1.key.hex }) {
            lines.append(
                "policy \(hash) \(missing.reason): " + QuantityText.count(missing.entries, "entry", "entries")
                    + " not replayed"
            )
        }
        for difference in differences.prefix(Self.shownDifferences) {
            lines += [
                "", "entry \(difference.index), \(difference.time.rfc3339), policy \(difference.policy)",
                "  the log says     \(difference.logged)", "  the policy says  \(difference.again)",
            ]
            lines += (difference.explanation?.text ?? "").split(separator: "\n").map { "  \($0)" }
        }
        let rest = differences.count - Self.shownDifferences
        if rest > 0 { lines += ["", "and \(rest) more"] }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        [
            "decisions": .integer(Int64(decisions)),
            "differences": .array(differences.map(\.json)),
            "erased": .integer(Int64(erased)),
            "incomplete": .integer(Int64(incomplete)),
            "policies": .object(counted(policies)),
            "same": .bool(differences.isEmpty),
            "unknown-policies": .object(counted(unknown.mapValues(\.entries))),
        ]
    }

    private func counted(_ counts: [SHA256Digest: Int]) -> [String: JSONValue] {
        Dictionary(uniqueKeysWithValues: counts.map { ($0.key.hex, .integer(Int64($0.value))) })
    }
}

extension AuditReplay.Difference {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "again": .string(again), "entry": .integer(Int64(index)), "logged": .string(logged),
            "policy": .string(policy.hex), "time": .string(time.rfc3339),
        ]
        members["request"] = request
        members["explanation"] = explanation?.json
        return .object(members)
    }
}
