public import CanonicalEncoding

extension LabelPolicySet {
    /// Compares two labels: levels, restrictive values, and to whom they are releasable. What only informs is left aside.
    ///
    /// Levels of one policy compare by its ranks, levels of two by the dated tables. A label that does not say to whom it
    /// is releasable restricts less than one that does.
    public func compare(
        _ left: ConfidentialityLabel,
        _ right: ConfidentialityLabel,
        at time: Timestamp
    ) -> LabelComparison {
        do throws(LabelWritingError) {
            return try ComparedLabels(self, left, right, time).comparison()
        } catch {
            return LabelComparison(order: .incomparable, reasons: ["\(error)"])
        }
    }
}

/// Two labels that are being compared.
private struct ComparedLabels {
    let set: LabelPolicySet
    let labels: (ConfidentialityLabel, ConfidentialityLabel)
    let grammars: (MarkingGrammar, MarkingGrammar)
    let parts: (LabelParts, LabelParts)
    let time: Timestamp

    init(
        _ set: LabelPolicySet,
        _ left: ConfidentialityLabel,
        _ right: ConfidentialityLabel,
        _ time: Timestamp
    ) throws(LabelWritingError) {
        guard let leftGrammar = set.grammar(left.policy) else { throw .unknownPolicy(left.policy) }
        guard let rightGrammar = set.grammar(right.policy) else { throw .unknownPolicy(right.policy) }
        self.set = set
        self.time = time
        labels = (left, right)
        grammars = (leftGrammar, rightGrammar)
        parts = (try LabelParts(left, leftGrammar), try LabelParts(right, rightGrammar))
    }

    func comparison() -> LabelComparison {
        var order = LabelOrder.equal
        var reasons: [String] = []
        for (respect, reason) in [levels(), restrictions(), releasability(), permissions()] {
            order = order.combined(with: respect)
            if let reason { reasons.append(reason) }
        }
        return LabelComparison(order: order, reasons: reasons)
    }

    private typealias Respect = (order: LabelOrder, reason: String?)

    private func levels() -> Respect {
        let (left, right) = labels
        let names = (
            LabelPolicySet.name(left.classification, of: left.policy),
            LabelPolicySet.name(right.classification, of: right.policy)
        )
        if left.policy == right.policy {
            let ranks = (parts.0.word.rank, parts.1.word.rank)
            return Self.order(ranks.0, ranks.1, names, because: nil)
        }
        if let found = set.equivalent(of: EquivalenceWord(left), in: right.policy, at: time),
            let rank = rank(found.classification, grammars.1)
        {
            return Self.order(rank, parts.1.word.rank, names, because: found)
        }
        if let found = set.equivalent(of: EquivalenceWord(right), in: left.policy, at: time),
            let rank = rank(found.classification, grammars.0)
        {
            return Self.order(parts.0.word.rank, rank, names, because: found)
        }
        return (.incomparable, "no row says how \(names.0) and \(names.1) compare on \(time.date)")
    }

    private func rank(_ word: Classification, _ grammar: MarkingGrammar) -> Int? {
        grammar.policy.ladders.lazy.flatMap(\.words).first { $0.classification == word }?.rank
    }

    private static func order(
        _ left: Int,
        _ right: Int,
        _ names: (String, String),
        because equivalent: LabelEquivalent?
    ) -> Respect {
        let why = equivalent.map { $0.steps.isEmpty ? "" : ": \($0.steps.joined(separator: "; "))" } ?? ""
        if left == right {
            return (.equal, equivalent.map { _ in "\(names.0) and \(names.1) are worth the same\(why)" })
        }
        return left > right
            ? (.dominates, "\(names.0) is above \(names.1)\(why)")
            : (.dominated, "\(names.0) is below \(names.1)\(why)")
    }

    private func restrictions() -> Respect {
        let left = values(parts.0, grammars.0, .restrictive)
        let right = values(parts.1, grammars.1, .restrictive)
        if labels.0.policy != labels.1.policy, !left.isEmpty, !right.isEmpty {
            return (.incomparable, "restrictive words of two policies do not compare")
        }
        let order = LabelOrder.ofRestrictions(left, right)
        return (order, Self.difference(left, right, "has"))
    }

    private static func difference(_ left: Set<String>, _ right: Set<String>, _ verb: String) -> String? {
        let more = left.subtracting(right).sorted().map { "`\($0)`" }.joined(separator: ", ")
        let less = right.subtracting(left).sorted().map { "`\($0)`" }.joined(separator: ", ")
        let texts = [
            more.isEmpty ? nil : "the first alone \(verb) \(more)",
            less.isEmpty ? nil : "the second alone \(verb) \(less)",
        ].compactMap { $0 }
        return texts.isEmpty ? nil : texts.joined(separator: ", ")
    }

    private func values(_ parts: LabelParts, _ grammar: MarkingGrammar, _ kind: CategoryKind) -> Set<String> {
        Set(parts.uses.filter { grammar.categories[$0.use.category].set.kind == kind }.map(\.text))
    }

    /// The fewer may have it, the more it restricts.
    private func releasability() -> Respect {
        let left = set.audience(of: labels.0)
        let right = set.audience(of: labels.1)
        switch (left, right) {
        case (nil, nil): return (.equal, nil)
        case (.some, nil): return (.dominates, "only the first says to whom it is releasable")
        case (nil, .some): return (.dominated, "only the second says to whom it is releasable")
        case (.some(let left), .some(let right)):
            return (LabelOrder.ofRestrictions(right, left), Self.difference(left, right, "is releasable to"))
        }
    }

    /// Permissive values that are not about releasability, set by set.
    private func permissions() -> Respect {
        guard labels.0.policy == labels.1.policy else { return (.equal, nil) }
        var order = LabelOrder.equal
        var reasons: [String] = []
        for (index, category) in grammars.0.categories.enumerated() {
            guard category.set.kind == .permissive, category.set.fills != .releasableTo else { continue }
            let left = Set(parts.0.uses.filter { $0.use.category == index }.map(\.text))
            let right = Set(parts.1.uses.filter { $0.use.category == index }.map(\.text))
            guard left != right else { continue }
            let respect: LabelOrder =
                left.isEmpty ? .dominated : right.isEmpty ? .dominates : LabelOrder.ofRestrictions(right, left)
            order = order.combined(with: respect)
            reasons.append("the values of \(category.set.name) differ")
        }
        return (order, reasons.isEmpty ? nil : reasons.joined(separator: ", "))
    }
}

extension LabelPolicySet {
    /// The countries and groups that a label may go to, its owners included; nil when it does not say.
    func audience(of label: ConfidentialityLabel) -> Set<String>? {
        let owners = label.owners.map(\.rawValue)
        if let named = label.releasableTo { return codes.expanded(named.map(\.rawValue) + owners) }
        let isForOwners = self[label.policy]?.categories.contains { $0.absence == .owners } ?? false
        return isForOwners || saysNobodyElse(label) ? codes.expanded(owners) : nil
    }

    /// Whether the label has the value, such as `NOFORN`, that says that nobody but its owners may have it.
    func saysNobodyElse(_ label: ConfidentialityLabel) -> Bool {
        let words = self[label.policy]?.categories.compactMap(\.whenEmpty) ?? []
        return label.caveats.contains { words.contains($0.rawValue) }
    }
}
