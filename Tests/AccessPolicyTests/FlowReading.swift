import AccessPolicy
import CanonicalEncoding
import SecurityLabels

/// Judges the conditions of an analysis for one request, straight from the request's own words.
struct FlowReading {
    private let request: AccessRequest
    private let time: Timestamp
    private let policies: [Policy]

    init(_ request: AccessRequest, at time: Timestamp, by policies: [Policy]) {
        self.request = request
        self.time = time
        self.policies = policies
    }

    /// A condition never speaks of labels whose `REL TO` leaves the recipient out: they never flow.
    func meets(_ condition: FlowCondition) -> Bool { isReleasable && condition.facts.allSatisfy(meets) }

    private var isReleasable: Bool {
        guard let codes = request.label.releasableTo else { return true }
        let names = codes.map(\.rawValue) + request.label.owners.map(\.rawValue)
        return names.contains(request.destination.rawValue)
    }

    private func meets(_ fact: FlowCondition.Fact) -> Bool {
        let label = request.label
        func isOne(_ name: String) -> Bool { fact.values.contains(name) }
        func areCarried(_ names: [String]) -> Bool {
            Set(fact.values).isSubset(of: names) && Set(fact.excluded).isDisjoint(with: names)
        }
        switch fact.subject {
        case .step: return isOne(request.action.rawValue)
        case .holderNode: return isOne(request.holder.node?.rawValue ?? "")
        case .recipientNode: return isOne(request.recipient.node?.rawValue ?? "")
        case .mailbox: return isOne(request.facts.mailbox?.description ?? "any other")
        case .level:
            return policies.contains { policy in
                guard
                    case .rank(let rank) = policy.ladder.standing(
                        of: label.classification,
                        owner: label.owner,
                        at: time
                    )
                else { return false }
                return isOne(policy.ladder.levels[rank].rawValue)
            }
        case .classification: return isOne(label.classification.rawValue)
        case .type: return isOne(label.type?.rawValue ?? "none")
        case .community: return isOne(label.community?.rawValue ?? "none")
        case .compartments: return areCarried(label.compartments.map(\.rawValue))
        case .caveats: return areCarried(label.caveats.map(\.rawValue))
        case .releasability: return isOne(label.releasableTo == nil ? "unstated" : "named")
        case .precedence: return isOne(request.precedence.name)
        case .link: return isOne((request.facts.link ?? .standard).name)
        case .age:
            return request.facts.originated.map {
                isLength(fact, time.millisecondsSinceEpoch - $0.millisecondsSinceEpoch)
            } ?? false
        case .expiry:
            return request.facts.expires.map { isLength(fact, $0.millisecondsSinceEpoch - time.millisecondsSinceEpoch) }
                ?? false
        case .days: return fact.values.contains(where: isDay)
        }
    }

    /// `over 2 h up to 3 d`, with one bound or both.
    private func isLength(_ fact: FlowCondition.Fact, _ length: Int64) -> Bool {
        let units: [String: Int64] = ["h": 3_600_000, "d": 86_400_000]
        return fact.values.contains { text in
            let words = text.split(separator: " ").map(String.init)
            func bound(after word: String) -> Int64? {
                words.firstIndex(of: word).flatMap { place in
                    Int64(words[place + 1]).flatMap { number in units[words[place + 2]].map { number * $0 } }
                }
            }
            return bound(after: "over") ?? .min < length && length <= bound(after: "to") ?? .max
        }
    }

    /// `from 2026-01-01 until 2026-01-31`, with one end or both.
    private func isDay(_ text: String) -> Bool {
        let words = text.split(separator: " ").map(String.init)
        func day(after word: String) -> String? {
            words.firstIndex(of: word).map { words[$0 + 1] }
        }
        return (day(after: "from") ?? "") <= time.date && time.date <= (day(after: "until") ?? "9999")
    }
}
