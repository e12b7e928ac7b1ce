public import CanonicalEncoding
public import SecurityLabels

/// Something in a policy that ends, or is to be looked at again, by a day.
public struct Expiring: Hashable, Sendable {
    public enum Subject: Hashable, Sendable {
        case agreement(RuleName)
        /// The agreement is to be reviewed by the day.
        case review(RuleName)
        case guardrail(RuleName)
        case membership(PolicyPartner, CommunityName)
        case equivalent(LabelOwner, Classification)
    }

    public let subject: Subject
    /// The last day, as its midnight.
    public let day: Timestamp
}

extension Policy {
    /// What ends or needs a review from a time on within a number of days, the earliest first; a review that is overdue
    /// in a running agreement as well.
    public func expiring(within days: Int, from time: Timestamp) -> [Expiring] {
        let limit = time.adding(seconds: Int64(days) * DateSpan.day)
        var found: [Expiring] = []
        func note(_ subject: Expiring.Subject, _ dates: DateSpan) {
            guard let until = dates.until, let end = dates.end, end > time, until <= limit else { return }
            found.append(Expiring(subject: subject, day: until))
        }
        for rule in agreements {
            note(.agreement(rule.name), rule.conditions.dates)
            let isOver = rule.conditions.dates.end.map { $0 <= time } ?? false
            if !isOver, rule.review <= limit { found.append(Expiring(subject: .review(rule.name), day: rule.review)) }
        }
        for rule in guardrails { note(.guardrail(rule.name), rule.conditions.dates) }
        for (community, members) in communities.sorted(by: { $0.key < $1.key }) {
            for member in members { note(.membership(member.partner, community), member.dates) }
        }
        for (owner, words) in ladder.equivalents.sorted(by: { $0.key < $1.key }) {
            for word in words { note(.equivalent(owner, word.classification), word.dates) }
        }
        // A stable order: what was found first stays first among those of one day.
        return found.enumerated().sorted { ($0.element.day, $0.offset) < ($1.element.day, $1.offset) }.map(\.element)
    }
}
