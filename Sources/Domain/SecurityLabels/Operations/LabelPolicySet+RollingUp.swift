extension LabelPolicySet {
    /// Rolls portions up: the highest level, every restrictive and informative value, and the audience that all share.
    ///
    /// Portions that share nobody give the policy's word for that, such as `NOFORN`, or else releasability to the owners
    /// alone. A value that another one excludes is dropped, and so is an informative one that may not stand with the
    /// level; every such step is in the notes.
    /// - Throws: `LabelRollUpError` when no label can say what the portions say together.
    public func rollUp(_ labels: [ConfidentialityLabel]) throws(LabelRollUpError) -> LabelRollUp {
        guard let first = labels.first else { throw .noLabels }
        let names = Set(labels.map(\.policy)).sorted()
        guard names.count == 1 else { throw .severalPolicies(names) }
        guard let grammar = grammar(first.policy) else { throw .notOfItsPolicy(.unknownPolicy(first.policy)) }
        var portions: [RollingUp.Portion] = []
        for label in labels {
            do throws(LabelWritingError) {
                portions.append(RollingUp.Portion(label: label, parts: try LabelParts(label, grammar)))
            } catch {
                throw .notOfItsPolicy(error)
            }
        }
        var rollingUp = RollingUp(set: self, grammar: grammar, portions: portions)
        return try rollingUp.run()
    }
}

/// A roll-up under way.
private struct RollingUp {
    struct Portion {
        let label: ConfidentialityLabel
        let parts: LabelParts
    }

    /// One value of the whole.
    struct Value: Hashable {
        let use: LabelRules.Use
        let text: String
    }

    let set: LabelPolicySet
    let grammar: MarkingGrammar
    let portions: [Portion]
    private var owners: [LabelOwner] = []
    private var head = 0
    private var values: [Value] = []
    private var releasableTo: [String] = []
    private var isNobody = false
    private var notes: [String] = []

    init(set: LabelPolicySet, grammar: MarkingGrammar, portions: [Portion]) {
        self.set = set
        self.grammar = grammar
        self.portions = portions
    }

    mutating func run() throws(LabelRollUpError) -> LabelRollUp {
        try decideOwners()
        let word = highestWord()
        decideValues()
        decideAudience()
        try settle(word)
        let community = try community()
        let label: ConfidentialityLabel
        do throws(LabelError) {
            label = try ConfidentialityLabel(
                policy: grammar.policy.name,
                owner: owners[0],
                coOwners: Array(owners.dropFirst()),
                classification: word.classification,
                compartments: texts(.compartments).map { text throws(LabelError) in try Compartment(text) },
                caveats: texts(.caveats).map { text throws(LabelError) in try Caveat(text) },
                releasableTo: releasableTo.isEmpty
                    ? nil : releasableTo.map { text throws(LabelError) in try ReleasabilityCode(text) },
                community: community,
                type: type()
            )
        } catch {
            throw .notOfItsPolicy(.combination(label: word.classification, expected: "\(error)"))
        }
        if let problem = set.problem(with: label) { throw .notOfItsPolicy(problem) }
        let isForOwners = isNobody || set.saysNobodyElse(label)
        return LabelRollUp(label: label, isReleasableToNobodyElse: isForOwners, notes: notes)
    }

    private func texts(_ field: LabelField) -> [String] {
        values.filter { grammar.categories[$0.use.category].set.fills == field }.map(\.text)
    }

    // MARK: - Owners and level

    /// One owner stays; several are named by the category that the policy has for them, in a document of its own.
    private mutating func decideOwners() throws(LabelRollUpError) {
        let all = Set(portions.map(\.label.owners))
        if all.count == 1, let only = all.first {
            owners = only
            head = portions[0].parts.head
            return
        }
        let everyone = Set(all.joined()).sorted()
        guard let own = grammar.heads[0].owners.first, !grammar.policy.leavesOwnerOut else {
            throw .severalOwners(everyone)
        }
        owners = [own]
        for portion in portions where portion.label.owners != owners {
            let ladder = grammar.policy.ladders[grammar.heads[portion.parts.head].ladder]
            guard let name = ladder.mergesAs,
                let index = grammar.categories.firstIndex(where: { $0.set.name == name })
            else { throw .severalOwners(everyone) }
            let category = grammar.categories[index]
            for owner in portion.label.owners where owner != own {
                let text = "\(category.set.lead?.banner ?? name) \(owner)"
                guard let value = category.indices[text] else { throw .severalOwners(everyone) }
                add(Value(use: LabelRules.Use(category: index, value: value), text: text))
            }
        }
        notes.append("portions of \(everyone.map(\.rawValue).joined(separator: ", ")) make a document of \(own)")
    }

    /// The word of the result's ladder that is not below any portion's.
    private mutating func highestWord() -> ClassificationWord {
        let rank = portions.map(\.parts.word.rank).max() ?? 0
        let ladder = grammar.policy.ladders[grammar.heads[head].ladder]
        let highest = portions.first { $0.parts.word.rank == rank }?.parts.word ?? ladder.words[0]
        let candidates = ladder.words.filter { $0.rank >= rank }
        // Words that are no longer given stay where they are the only ones of their rank.
        let used = Set(portions.map(\.parts.word.classification))
        let best =
            candidates.first { $0.rank == rank && used.contains($0.classification) && $0.validity.until == nil }
            ?? candidates.first { $0.rank == rank && used.contains($0.classification) }
            ?? candidates.first { $0.validity.until == nil } ?? ladder.words.last ?? highest
        if best.classification != highest.classification {
            notes.append("\(highest.classification) becomes \(best.classification), the document's own word for it")
        }
        return best
    }

    // MARK: - Values

    private mutating func add(_ value: Value) {
        if !values.contains(value) { values.append(value) }
    }

    private mutating func decideValues() {
        for (index, category) in grammar.categories.enumerated() where category.set.fills != .releasableTo {
            let lists = portions.map { portion in
                portion.parts.uses.filter { $0.use.category == index }.map { Value(use: $0.use, text: $0.text) }
            }
            switch category.set.rollUp {
            case .unite:
                for value in lists.joined() { add(value) }
            case .intersect:
                let speaking = category.set.kind == .permissive ? lists.filter { !$0.isEmpty } : lists
                let common = (speaking.first ?? []).filter { value in speaking.allSatisfy { $0.contains(value) } }
                for value in common { add(value) }
                for value in Set(lists.joined()).subtracting(common).sorted(by: { $0.text < $1.text }) {
                    notes.append("`\(value.text)` is dropped: not every portion has it")
                }
                if category.set.kind == .permissive, common.isEmpty, !speaking.isEmpty {
                    nobody(because: "no portion shares a value of \(category.set.name)")
                }
            }
        }
    }

    private mutating func decideAudience() {
        guard let category = grammar.categories.first(where: { $0.set.fills == .releasableTo }) else { return }
        guard portions.contains(where: { $0.label.releasableTo != nil }) || isNobody else { return }
        let lowest = grammar.policy.ladders.flatMap(\.words).map(\.rank).min() ?? 0
        var common: Set<String>?
        var codes: Set<String>?
        for portion in portions {
            let named: Set<String>
            if let list = portion.label.releasableTo {
                named = Set(list.map(\.rawValue))
            } else if set.saysNobodyElse(portion.label) {
                return nobody(because: "a portion is for nobody else")
            } else if category.set.absence != .everybody, portion.parts.word.rank > lowest {
                return nobody(because: "a portion does not say to whom it is releasable")
            } else {
                continue
            }
            // The owner of a portion may have it without being named.
            let audience = set.codes.expanded(named.union(portion.label.owners.map(\.rawValue)))
            common = common?.intersection(audience) ?? audience
            codes = codes?.intersection(named) ?? named
        }
        guard let common, let codes else { return }
        let covered = set.codes.expanded(codes)
        let rest = common.subtracting(covered).filter { code in
            // An owner is not named for being the owner alone.
            portions.contains {
                $0.label.releasableTo?.contains { set.codes.expanded([$0.rawValue]).contains(code) } ?? false
            }
        }
        let result = codes.union(rest)
        let own = Set(owners.map(\.rawValue))
        guard !result.subtracting(own).isEmpty else { return nobody(because: "no portion shares a recipient") }
        releasableTo = result.sorted()
    }

    /// Says that nobody but the owners may have the whole.
    private mutating func nobody(because reason: String) {
        isNobody = true
        guard let release = grammar.categories.first(where: { $0.set.fills == .releasableTo }) else {
            notes.append("the whole may go to nobody else: \(reason)")
            return
        }
        releasableTo = []
        if let word = release.set.whenEmpty {
            for (index, category) in grammar.categories.enumerated() {
                guard let value = category.indices[word] else { continue }
                add(Value(use: LabelRules.Use(category: index, value: value), text: word))
            }
            notes.append("the whole is `\(word)`: \(reason)")
        } else if release.set.absence == .owners {
            notes.append("the whole names no recipients: \(reason)")
        } else {
            releasableTo = owners.map(\.rawValue)
            notes.append("the whole is releasable to \(releasableTo.joined(separator: ", ")) only: \(reason)")
        }
    }

    // MARK: - Combinations

    /// Drops what may not stand in the whole, until everything may.
    private mutating func settle(_ word: ClassificationWord) throws(LabelRollUpError) {
        for _ in 0...values.count {
            let uses = values.map(\.use) + audienceUses()
            guard let violation = LabelRules.violation(grammar, word: word.classification, uses) else { return }
            guard !violation.drops.isEmpty else { return }
            for index in violation.drops.sorted(by: >) {
                guard index < values.count else {
                    releasableTo = []
                    notes.append("the list of recipients is dropped: expected \(violation.expected)")
                    continue
                }
                let value = values[index]
                let isRestrictive = grammar.categories[value.use.category].set.kind == .restrictive
                if isRestrictive, !violation.isExclusion {
                    throw .restrictionLost(value: value.text, reason: violation.expected)
                }
                values.remove(at: index)
                notes.append("`\(value.text)` is dropped: expected \(violation.expected)")
            }
        }
    }

    private func audienceUses() -> [LabelRules.Use] {
        guard let index = grammar.categories.firstIndex(where: { $0.set.fills == .releasableTo }) else { return [] }
        return releasableTo.prefix(1).map { code in
            LabelRules.Use(category: index, value: grammar.categories[index].indices[code] ?? -1)
        }
    }

    private func community() throws(LabelRollUpError) -> CommunityName? {
        let names = Set(portions.compactMap(\.label.community)).sorted()
        guard names.count < 2 else { throw .severalCommunities(names) }
        return names.first
    }

    private mutating func type() -> MessageType? {
        let types = Set(portions.compactMap(\.label.type)).sorted()
        if types.count > 1 { notes.append("the message types differ, so that the whole has none") }
        return types.count == 1 ? types.first : nil
    }
}
