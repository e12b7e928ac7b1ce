public import CanonicalEncoding

/// What a label's classification is worth under another policy. It is shown beside the label and never replaces it.
public struct LabelEquivalent: Hashable, Sendable {
    public let policy: LabelPolicyName
    public let classification: Classification
    /// The classification alone, as the other policy writes it.
    public let marking: String
    /// The policy that both are measured against, where no row names the two together.
    public let through: LabelPolicyName?
    /// The rows that it rests on, in words.
    public let steps: [String]
}

/// Whether an equivalent is known.
public enum LabelConversion: Hashable, Sendable {
    case equivalent(LabelEquivalent)
    /// No row of the tables says so; the reason in words.
    case noneKnown(String)
}

extension LabelPolicySet {
    /// Looks up what a label's classification is worth under another policy at a time.
    ///
    /// Only the classification has equivalents. Rows of the dated tables answer, never ranks: `none known` is an answer.
    public func convert(
        _ label: ConfidentialityLabel,
        to target: LabelPolicyName,
        at time: Timestamp
    ) -> LabelConversion {
        guard self[target] != nil else { return .noneKnown("the label policy \(target) is not known") }
        guard let found = equivalent(of: EquivalenceWord(label), in: target, at: time) else {
            return .noneKnown(
                "no row says what \(Self.name(label.classification, of: label.policy)) is worth under \(target) "
                    + "on \(time.date)"
            )
        }
        return .equivalent(found)
    }

    func equivalent(of word: EquivalenceWord, in target: LabelPolicyName, at time: Timestamp) -> LabelEquivalent? {
        if let found = direct(word, in: target, at: time) { return found }
        if let next = successor(of: word, at: time) {
            let step = "\(Self.name(word.classification, of: word.policy)) is \(next.classification) now"
            if next.policy == target { return made(next.classification, target, nil, [step]) }
            if let found = direct(next, in: target, at: time) {
                return made(found.classification, target, nil, [step] + found.steps)
            }
        }
        for reference in policies where reference.isReference {
            guard reference.name != word.policy, reference.name != target,
                let middle = direct(word, in: reference.name, at: time),
                let found = direct(
                    EquivalenceWord(policy: reference.name, classification: middle.classification, owner: nil),
                    in: target,
                    at: time
                )
            else { continue }
            return made(found.classification, target, reference.name, middle.steps + found.steps)
        }
        return nil
    }

    /// What one row says, read forwards or backwards.
    private func direct(_ word: EquivalenceWord, in target: LabelPolicyName, at time: Timestamp) -> LabelEquivalent? {
        guard let from = self[word.policy], let to = self[target] else { return nil }
        if word.policy == target {
            return successor(of: word, at: time) == nil ? made(word.classification, target, nil, []) : nil
        }
        // Foreign information in this policy's words, asked for under its owner's own policy.
        if let owner = word.owner, to.ladders[0].owners.codes == [owner.rawValue],
            from.ladders[0].owners.codes != [owner.rawValue],
            to.ladders[0].words.contains(where: { $0.classification == word.classification })
        {
            return made(word.classification, target, nil, ["it is the owner's own word"])
        }
        let ladders = self.ladders(of: word, in: from)
        for row in from.equivalents where row.otherPolicy == target && row.word == word.classification {
            guard row.direction != .in, row.validity.contains(time), ladders.contains(row.ladder) else { continue }
            return made(row.otherWord, target, nil, [Self.describe(row, of: word.policy)])
        }
        for row in to.equivalents where row.otherPolicy == word.policy && row.otherWord == word.classification {
            guard row.direction != .out, row.validity.contains(time) else { continue }
            return made(row.word, target, nil, [Self.describe(row, of: target)])
        }
        return nil
    }

    /// The ladders whose rows speak of the word: its own, and the policy's first for a word marked with its owner's code.
    private func ladders(of word: EquivalenceWord, in policy: LabelPolicy) -> [String] {
        let own = policy.ladders.filter { ladder in
            let isOwners = word.owner.map { ladder.owners.resolved(among: codes.all).contains($0.rawValue) } ?? true
            return isOwners && ladder.words.contains { $0.classification == word.classification }
        }
        return own.map(\.name) + (own.contains { $0.form.namesOwner } ? [policy.ladders[0].name] : [])
    }

    private func successor(of word: EquivalenceWord, at time: Timestamp) -> EquivalenceWord? {
        for ladder in self[word.policy]?.ladders ?? [] {
            for known in ladder.words where known.classification == word.classification {
                guard known.validity.isOver(at: time), let successor = known.successor else { continue }
                return EquivalenceWord(policy: word.policy, classification: successor, owner: word.owner)
            }
        }
        return nil
    }

    private func made(
        _ classification: Classification,
        _ policy: LabelPolicyName,
        _ through: LabelPolicyName?,
        _ steps: [String]
    ) -> LabelEquivalent {
        let words = self[policy]?.ladders.flatMap(\.words) ?? []
        let marking = words.first { $0.classification == classification }?.phrase.banner ?? classification.rawValue
        return LabelEquivalent(
            policy: policy,
            classification: classification,
            marking: marking,
            through: through,
            steps: steps
        )
    }

    /// The word with its policy before it, where it does not say that itself.
    static func name(_ word: Classification, of policy: LabelPolicyName) -> String {
        word.rawValue.hasPrefix("\(policy) ") || word.rawValue.contains("/\(policy) ")
            ? word.rawValue : "\(policy) \(word)"
    }

    private static func describe(_ row: LabelEquivalence, of policy: LabelPolicyName) -> String {
        var text = "\(name(row.word, of: policy)) is worth \(name(row.otherWord, of: row.otherPolicy))"
        if let from = row.validity.from { text += " since \(from.date)" }
        if let until = row.validity.until { text += " until \(until.date)" }
        if let source = row.source { text += " (\(source))" }
        return text
    }
}

/// A classification with all that its equivalents depend on.
struct EquivalenceWord: Hashable {
    let policy: LabelPolicyName
    let classification: Classification
    /// Nil for information of several owners, and where it does not matter.
    let owner: LabelOwner?

    init(policy: LabelPolicyName, classification: Classification, owner: LabelOwner?) {
        self.policy = policy
        self.classification = classification
        self.owner = owner
    }

    init(_ label: ConfidentialityLabel) {
        self.init(
            policy: label.policy,
            classification: label.classification,
            owner: label.coOwners.isEmpty ? label.owner : nil
        )
    }
}
