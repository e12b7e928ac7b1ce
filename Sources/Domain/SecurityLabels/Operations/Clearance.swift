/// What a person or a system may hold under one label policy: some classifications, and values of its categories.
public struct Clearance: Hashable, Sendable {
    public let policy: LabelPolicyName
    public let classifications: Set<Classification>
    /// Compartments, caveats and codes as they stand in labels; a person's nation is one of the codes.
    public let values: Set<String>

    public init(policy: LabelPolicyName, classifications: Set<Classification>, values: Set<String> = []) {
        self.policy = policy
        self.classifications = classifications
        self.values = values
    }

    /// A clearance for a classification and every one that ranks below it under the same policy.
    /// - Throws: `LabelError` when the policy or the classification is not known.
    public init(
        policy: LabelPolicyName,
        upTo classification: Classification,
        values: Set<String> = [],
        in set: LabelPolicySet
    ) throws(LabelError) {
        guard let known = set[policy] else {
            throw .unknown(component: LabelPolicyName.componentName, text: policy.rawValue)
        }
        let words = known.ladders.flatMap(\.words)
        guard let highest = words.first(where: { $0.classification == classification }) else {
            throw .unknown(component: Classification.componentName, text: classification.rawValue)
        }
        self.init(
            policy: policy,
            classifications: Set(words.filter { $0.rank <= highest.rank }.map(\.classification)),
            values: values
        )
    }

    /// Whether the label may be held: its classification, all restrictive values, and at least one value of every
    /// permissive set that it has. Informative values are left aside.
    public func holds(_ label: ConfidentialityLabel, by set: LabelPolicySet) -> ClearanceVerdict {
        guard label.policy == policy else {
            return .notHeld(["the clearance is of \(policy), the label of \(label.policy)"])
        }
        guard let grammar = set.grammar(policy) else { return .notHeld(["unknown label policy `\(policy)`"]) }
        let parts: LabelParts
        do {
            parts = try LabelParts(label, grammar)
        } catch {
            return .notHeld(["\(error)"])
        }
        var reasons: [String] = []
        if !classifications.contains(label.classification) { reasons.append("not cleared for \(label.classification)") }
        let held = set.codes.expanded(values).union(values)
        for (index, category) in grammar.categories.enumerated() {
            let texts = parts.uses.filter { $0.use.category == index }.map(\.text)
            guard !texts.isEmpty else { continue }
            switch category.set.kind {
            case .restrictive:
                for text in texts where !values.contains(text) { reasons.append("not read in to `\(text)`") }
            case .permissive:
                let named = category.set.fills == .releasableTo ? set.codes.expanded(texts).union(texts) : Set(texts)
                if held.isDisjoint(with: named) {
                    reasons.append("none of \(texts.map { "`\($0)`" }.joined(separator: ", ")) (\(category.set.name))")
                }
            case .informative:
                continue
            }
        }
        return reasons.isEmpty ? .held : .notHeld(reasons)
    }
}

/// Whether a clearance holds a label, with everything that is missing.
public enum ClearanceVerdict: Hashable, Sendable {
    case held
    case notHeld([String])
}
