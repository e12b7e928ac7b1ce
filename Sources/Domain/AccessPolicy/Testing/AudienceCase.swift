public import CanonicalEncoding
public import SecurityLabels

extension PolicyTestSuite {
    /// A label with the partners or nodes that may have it, and those that may not.
    ///
    /// What the case leaves out is anything: any sender, any precedence, any link.
    public struct AudienceCase: Hashable, Sendable {
        /// What the case shows, in a sentence.
        public let name: String
        public let line: Int
        public let label: ConfidentialityLabel
        /// Who has it; nil for anybody.
        public let holder: Station?
        public let time: Timestamp
        public let precedence: Precedence?
        public let realm: PolicyRealm
        public let facts: RequestFacts
        public let expected: Expectation

        /// Who is to be able to get it.
        public enum Expectation: Hashable, Sendable {
            /// These and, of their kind, no others: of the partners, or of the nodes.
            case exactly([Station], outOf: [Station])
            /// All of the first, none of the second, and perhaps others.
            case including([Station], excluding: [Station])
        }
    }
}

extension PolicyTestSuite.AudienceCase {
    /// Everybody whom the case asks about.
    var candidates: [Station] {
        switch expected {
        case .exactly(_, let everybody): everybody
        case .including(let included, let excluded): included + excluded
        }
    }

    /// Every release by which a recipient could come to have the message; one that is allowed is enough.
    ///
    /// The first is the one that explanations speak of: from the holder or owner, over the strongest link.
    func ways(to recipient: Station, _ policy: Policy) -> [AccessRequest] {
        var sources = holder.map { [$0] } ?? policy.partners.keys.sorted().map { Station($0) }
        sources.removeAll { $0.partner == recipient.partner }
        let owner = PolicyPartner(label.owner.rawValue)
        if let first = sources.firstIndex(where: { $0.partner == owner }) { sources.swapAt(0, first) }
        let rules = policy.rules
        let precedences = Precedence.allCases.filter { $0 != .routine }
        let isTold = (
            precedence: rules.contains { $0.states(.precedence) }, link: rules.contains { $0.states(.link) }
        )
        let links = LinkStrength.allCases.reversed().map { $0 }
        return sources.flatMap { source in
            (precedence.map { [$0] } ?? [.routine] + (isTold.precedence ? precedences : [])).flatMap { precedence in
                (facts.link.map { [$0] } ?? (isTold.link ? links : Array(links.prefix(1)))).map { link in
                    var facts = facts
                    facts.link = link
                    return .release(
                        label,
                        from: source,
                        to: recipient,
                        precedence: precedence,
                        realm: realm,
                        facts: facts
                    )
                }
            }
        }
    }

    /// What differs from what is expected, given who may have it; nil when nothing does.
    func differences(_ mayHave: Set<Station>) -> (missing: [Station], excess: [Station])? {
        let missing: [Station]
        let excess: [Station]
        switch expected {
        case .exactly(let expected, let everybody):
            missing = expected.filter { !mayHave.contains($0) }
            excess = everybody.filter { mayHave.contains($0) && !expected.contains($0) }
        case .including(let included, let excluded):
            missing = included.filter { !mayHave.contains($0) }
            excess = excluded.filter { mayHave.contains($0) }
        }
        return missing.isEmpty && excess.isEmpty ? nil : (missing, excess)
    }

    func result(_ policy: CompiledPolicy) -> PolicyTestReport.Result {
        var mayHave: Set<Station> = []
        var spoken: [Station: AccessRequest] = [:]
        for candidate in candidates {
            let ways = ways(to: candidate, policy.policy)
            let allowed = ways.first { policy.decide($0, at: time).isAllowed }
            if allowed != nil { mayHave.insert(candidate) }
            spoken[candidate] = allowed ?? ways.first
        }
        guard let (missing, excess) = differences(mayHave) else {
            return PolicyTestReport.Result(.audience, name, line, problem: nil, explanations: [])
        }
        return PolicyTestReport.Result(
            .audience,
            name,
            line,
            problem: problem(mayHave, missing, excess),
            explanations: (excess + missing).compactMap { spoken[$0] }.map { policy.explain($0, at: time) }
        )
    }

    private func problem(_ mayHave: Set<Station>, _ missing: [Station], _ excess: [Station]) -> String {
        let got = candidates.filter { mayHave.contains($0) }
        var text: String
        switch expected {
        case .exactly(let expected, _): text = "expected exactly \(Self.list(expected)), got \(Self.list(got))"
        case .including(let included, let excluded):
            var parts: [String] = []
            if !included.isEmpty { parts.append("at least \(Self.list(included))") }
            if !excluded.isEmpty { parts.append("none of \(Self.list(excluded))") }
            text = "expected \(parts.joined(separator: " and ")), got \(Self.list(got)) of these"
        }
        if !excess.isEmpty { text += "; \(Self.list(excess)) may have it and should not" }
        if !missing.isEmpty { text += "; \(Self.list(missing)) should have it and may not" }
        return text
    }

    private static func list(_ stations: [Station]) -> String {
        stations.isEmpty
            ? "nobody" : stations.map { "`\($0.node?.rawValue ?? $0.partner.rawValue)`" }.joined(separator: ", ")
    }
}
