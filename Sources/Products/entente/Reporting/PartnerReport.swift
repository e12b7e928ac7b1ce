import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import RelayStorage
import Relaying
import SecurityLabels

/// What a log, and the policy and node behind it, say of the dealings with one partner in a time.
struct PartnerReport {
    /// A sheet, certificate or file of the partner's that is not as it should be, or ends soon.
    struct Alarm: Hashable, Sendable {
        let code: String
        let detail: String
    }

    let partner: PartnerName
    let time: Range<Timestamp>
    let made: Timestamp
    /// The node's log; nil where it has no entry yet.
    let log: String?
    let tally: LogTally
    /// Gaps in the streams from the partner: noticed in the time, or open still.
    let gaps: [GapReport.Gap]
    /// Nil for a copy, which knows none.
    let alarms: [Alarm]?
    let policy: PolicyAnswer

    /// The policy in force where the log is.
    enum PolicyAnswer {
        case kept(Policy, SHA256Digest)
        case missing(String)
    }

    /// How far ahead ends are looked for, in days.
    static let lookAhead = 90

    init(
        partner text: String,
        time: Range<Timestamp>,
        made: Timestamp,
        source: LogSource,
        on terminal: Terminal
    ) async throws(CommandFailure) {
        let policy = try await Self.policy(of: source)
        partner = try await Self.partner(text, of: source, policy)
        self.policy = policy
        self.time = time
        self.made = made
        let filter = EntryFilter(since: time.lowerBound, until: time.upperBound)
        let span = try await source.span(of: EntryFilter())
        log = span?.log
        let length = time.upperBound.millisecondsSinceEpoch - time.lowerBound.millisecondsSinceEpoch
        let query = TallyQuery(filter: filter, period: .fitting(span: length), partner: partner)
        tally = try await source.tally(query, on: terminal)
        let domain = partner.domain
        gaps = try GapReport(try await source.streamStatus()).gaps.filter { gap in
            gap.origin.trustDomain == domain
                && (gap.closed == nil ? gap.noticed < time.upperBound : time.contains(gap.noticed))
        }
        alarms = try await Self.alarms(of: partner, source)
    }

    /// For what is known already.
    init(
        partner: PartnerName,
        time: Range<Timestamp>,
        made: Timestamp,
        log: String?,
        tally: LogTally,
        gaps: [GapReport.Gap] = [],
        alarms: [Alarm]? = nil,
        policy: PolicyAnswer
    ) {
        self.partner = partner
        self.time = time
        self.made = made
        self.log = log
        self.tally = tally
        self.gaps = gaps
        self.alarms = alarms
        self.policy = policy
    }

    private static func policy(of source: LogSource) async throws(CommandFailure) -> PolicyAnswer {
        let filter = EntryFilter(kinds: [.start, .policyChange], outcomes: [.done], isReversed: true, limit: 1)
        guard let hash = try await source.entries(filter).entries.first?.entry.policy else {
            return .missing("the log names no policy")
        }
        var kept = KeptPolicies(source)
        return switch try await kept.policy(hash) {
        case .kept(let compiled): .kept(compiled.policy, hash)
        case .missing(let reason): .missing("policy \(hash) \(reason)")
        }
    }

    /// The partner that is meant, among those that the log, the directory and the policy know.
    private static func partner(
        _ text: String,
        of source: LogSource,
        _ policy: PolicyAnswer
    ) async throws(CommandFailure) -> PartnerName {
        let (own, found) = try await source.partners()
        var known = found
        if case .kept(let policy, _) = policy {
            for name in policy.partners.keys where !known.contains(where: { $0.code?.rawValue == name.rawValue }) {
                do {
                    known.append(PartnerName(code: try PartnerCode(name.rawValue), domain: nil))
                } catch {
                    // A name that is no code is no partner's of any directory.
                    continue
                }
            }
        }
        if let partner = known.first(where: { $0.code?.rawValue == text || $0.domain?.rawValue == text }) {
            guard partner.domain?.rawValue != own else {
                throw CommandFailure(
                    "`\(text)` is the node's own partner",
                    next: "name another one: \(names(known, but: own))",
                    status: .usage
                )
            }
            return partner
        }
        throw CommandFailure(
            "--partner: expected a partner that is known here, by code or trust domain, got `\(text)`",
            next: "use one of \(names(known, but: own))",
            status: .usage
        )
    }

    private static func names(_ partners: [PartnerName], but own: String) -> String {
        let names = partners.filter { $0.domain?.rawValue != own }.map(\.text).sorted()
        return names.isEmpty ? "none, for the log names nobody else yet" : names.joined(separator: ", ")
    }

    private static func alarms(of partner: PartnerName, _ source: LogSource) async throws(CommandFailure) -> [Alarm]? {
        guard case .node(let client) = source else { return nil }
        let status = try StatusReport(json: try await client.get("/v1/status"))
        return status.alarms.filter { $0.partner != nil && $0.partner == partner.code?.rawValue }.map { alarm in
            Alarm(code: alarm.code, detail: alarm.detail)
        }
    }

    /// What of the policy ends soon and has to do with the partner: agreements that were used or name it, its
    /// memberships, its words.
    var expiring: [Expiring] {
        guard case .kept(let policy, _) = policy else { return [] }
        let used = Set(tally.ways.values.flatMap { $0.rules.counts.keys })
        return policy.expiring(within: Self.lookAhead, from: made).filter { item in
            switch item.subject {
            case .agreement(let rule), .review(let rule):
                used.contains(rule.rawValue)
                    || policy.agreements.first { $0.name == rule }.map { policy.names(partner, $0.conditions) } ?? false
            case .guardrail(let rule):
                policy.guardrails.first { $0.name == rule }.map { policy.names(partner, $0.conditions) } ?? false
            case .membership(let member, _): member.rawValue == partner.code?.rawValue
            case .equivalent(let owner, _): owner.rawValue == partner.code?.rawValue
            }
        }
    }

    /// What a reason means: a rule says itself what it means, a code has words of its own.
    func words(_ reason: String) -> String {
        if case .kept(let policy, _) = policy {
            if let rule = policy.guardrails.first(where: { $0.name.rawValue == reason }) { return rule.says }
            if let rule = policy.agreements.first(where: { $0.name.rawValue == reason }) {
                return rule.says ?? rule.reference
            }
        }
        return ReasonWords.words(reason)
            ?? "a rule that the policy in force does not have, or a code of another release"
    }
}

extension Policy {
    /// Whether conditions name the partner as owner, holder or recipient, itself or in a group.
    fileprivate func names(_ partner: PartnerName, _ conditions: Conditions) -> Bool {
        guard let code = partner.code?.rawValue else { return false }
        let terms = [conditions.owners, conditions.holders, conditions.recipients].compactMap { $0 }.flatMap(\.included)
        return terms.contains { term in
            switch term {
            case .owner: false
            case .partner(let named): named.rawValue == code
            case .group(let group): groups[group]?.contains(PolicyPartner(code)) ?? false
            }
        }
    }
}
