import AccessPolicy
import CanonicalEncoding
import MessageEnvelope
import Relaying
import SecurityLabels

/// What a policy would have said to the decisions of a log.
struct PolicyReplay {
    /// One decision of the log, decided again.
    struct Decided {
        let index: UInt64
        let request: AccessRequest
        let wasAllowed: Bool
        /// The rules that the logged outcome rests on.
        let rules: [String]
        let time: Timestamp
    }

    /// Decisions of one kind that a policy would answer otherwise.
    struct Group {
        let first: Decided
        /// Nil for an answer that no guardrail would deny: nothing covers it, and nothing has to.
        let explanation: Explanation?
        var entries: [UInt64]
    }

    private struct Key: Hashable {
        let label: ConfidentialityLabel
        let action: AccessAction
        let holder: Station
        let recipient: Station
        let mailbox: PolicyMailbox?
        let wasAllowed: Bool
        let rules: [String]
        let reasons: [String]
    }

    private let policy: CompiledPolicy
    private var places: [Key: Int] = [:]
    /// In the order of the log.
    private(set) var groups: [Group] = []
    private(set) var decisions = 0
    /// The same outcome, which rests on other rules.
    private(set) var byOtherRules = 0
    /// Entries whose details are gone.
    private(set) var erased = 0
    /// Entries of decisions that were recorded without all that they rest on.
    private(set) var incomplete = 0
    /// What the policy does not know of labels, each with how many decisions it is in.
    private(set) var unread: [String: Int] = [:]

    init(_ policy: Policy) { self.policy = CompiledPolicy(policy) }

    var changed: Int { groups.reduce(0) { $0 + $1.entries.count } }

    /// Decides again what an entry records; entries of something else are passed over.
    /// - Throws: a failure when the details are not those that the entry commits to.
    mutating func add(_ entry: LogEntry) throws(CommandFailure) {
        guard let recorded = try entry.recordedDecisions() else {
            erased += 1
            return
        }
        switch recorded {
        case .none: return
        case .incomplete: incomplete += 1
        case .decided(let decisions):
            for recorded in decisions {
                let again = recorded.decide(by: policy)
                for (step, decision) in zip(recorded.steps, again.decisions) {
                    count(entry.index, recorded, step, again, decision)
                }
            }
        }
    }

    private mutating func count(
        _ index: UInt64,
        _ recorded: RecordedDecision,
        _ step: RecordedDecision.Step,
        _ again: Redecision,
        _ decision: Decision
    ) {
        decisions += 1
        let (request, rules) = (step.request, recorded.rules)
        for case .unknownLabel(let what, let text) in decision.refusals { unread["\(what) `\(text)`", default: 0] += 1 }
        let isAllowed = again.isAllowed(decision)
        guard isAllowed != step.wasAllowed else {
            // The rules of a recipient are those of all its steps.
            if !Set(again.rules(decision)).isSubset(of: rules) { byOtherRules += 1 }
            return
        }
        let key = Key(
            label: request.label,
            action: request.action,
            holder: request.holder,
            recipient: request.recipient,
            mailbox: request.facts.mailbox,
            wasAllowed: step.wasAllowed,
            rules: rules,
            reasons: again.rules(decision)
        )
        if let place = places[key] {
            groups[place].entries.append(index)
            return
        }
        places[key] = groups.count
        let isUncovered = isAllowed && recorded.isOfGuardrailsAlone
        groups.append(
            Group(
                first: Decided(
                    index: index,
                    request: request,
                    wasAllowed: step.wasAllowed,
                    rules: rules,
                    time: step.time
                ),
                explanation: isUncovered ? nil : policy.explain(decision, of: request, at: step.time),
                entries: [index]
            )
        )
    }
}

extension PolicyReplay {
    /// The replay as lines for people, the most frequent change first.
    var text: String {
        var lines = [Self.count(decisions, "decision") + " replayed, \(changed) would be otherwise"]
        if byOtherRules > 0 { lines.append("\(byOtherRules) would rest on other rules") }
        if erased > 0 { lines.append(Self.count(erased, "entry", "entries") + " erased: nothing is left to decide on") }
        if incomplete > 0 {
            lines.append(Self.count(incomplete, "entry", "entries") + " of an older release without all that it takes")
        }
        for (what, count) in unread.sorted(by: { $0.key < $1.key }) {
            lines.append("the policy does not know \(what), in " + Self.count(count, "decision"))
        }
        for group in sorted {
            let times = Self.count(group.entries.count, "time")
            lines += [
                "",
                "\(group.first.wasAllowed ? "ALLOWED then DENIED" : "DENIED then ALLOWED"), \(times), first in entry "
                    + "\(group.first.index)",
                "  was: \(group.first.rules.isEmpty ? "no rule" : group.first.rules.joined(separator: ", "))",
            ]
            let words = group.explanation?.text ?? "no guardrail denies the answer, and it needs no agreement"
            lines += words.split(separator: "\n").map { "  \($0)" }
        }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        [
            "by-other-rules": .integer(Int64(byOtherRules)),
            "changed": .integer(Int64(changed)),
            "decisions": .integer(Int64(decisions)),
            "erased": .integer(Int64(erased)),
            "groups": .array(
                sorted.map { group in
                    var members: [String: JSONValue] = [
                        "entries": .array(group.entries.map { .integer(Int64($0)) }),
                        "label": .string(group.first.request.label.marking),
                        "logged-outcome": .string(group.first.wasAllowed ? "allowed" : "denied"),
                        "logged-rules": .array(group.first.rules.map { .string($0) }),
                        "request": group.first.request.json(at: group.first.time),
                    ]
                    members["explanation"] = group.explanation?.json
                    return .object(members)
                }
            ),
            "incomplete": .integer(Int64(incomplete)),
            "not-known": .object(unread.mapValues { .integer(Int64($0)) }),
        ]
    }

    private var sorted: [Group] {
        groups.sorted { ($1.entries.count, $0.first.index) < ($0.entries.count, $1.first.index) }
    }

    private static func count(_ count: Int, _ one: String, _ several: String? = nil) -> String {
        count == 1 ? "1 \(one)" : "\(count) \(several ?? "\(one)s")"
    }
}
