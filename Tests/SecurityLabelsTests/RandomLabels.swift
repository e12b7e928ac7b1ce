import SecurityLabels

/// Makes labels that keep to a policy's rules, from a seed.
struct RandomLabels {
    let set: LabelPolicySet
    var random: SplitMix64
    private let everyCode: [String]

    init(_ set: LabelPolicySet, seed: UInt64) {
        self.set = set
        random = SplitMix64(state: seed)
        everyCode = set.codes.countries + set.codes.groups.keys.sorted()
    }

    mutating func label(of policy: LabelPolicy) throws -> ConfidentialityLabel {
        while true {
            if let label = try attempt(policy), set.problem(with: label) == nil { return label }
        }
    }

    private mutating func attempt(_ policy: LabelPolicy) throws -> ConfidentialityLabel? {
        guard let ladder = policy.ladders.randomElement(using: &random),
            let word = ladder.words.randomElement(using: &random)
        else { return nil }
        var owners = try codes(ladder.owners, count: ladder.form.isJoint ? Int.random(in: 2...4, using: &random) : 1)
        let owner = owners.removeLast()
        var compartments: Set<Compartment> = []
        var caveats: Set<Caveat> = []
        var released: Set<ReleasabilityCode> = []
        for category in policy.categories where Bool.random(using: &random) {
            switch category.fills {
            case .compartments:
                for name in names(category) { compartments.insert(try Compartment(name)) }
            case .caveats:
                if let codes = category.codes {
                    for code in try self.codes(codes, count: Int.random(in: 1...3, using: &random)) {
                        caveats.insert(try Caveat("\(category.lead?.banner ?? "") \(code)"))
                    }
                } else if let value = category.values.randomElement(using: &random) {
                    caveats.insert(try Caveat(value.name))
                }
            case .releasableTo:
                if let first = category.first { released.insert(try ReleasabilityCode(first)) }
                for code in try codes(category.codes, count: Int.random(in: 1...4, using: &random)) {
                    released.insert(try ReleasabilityCode(code.rawValue))
                }
            }
        }
        return try ConfidentialityLabel(
            policy: policy.name,
            owner: owner,
            coOwners: owners,
            classification: word.classification,
            compartments: Array(compartments),
            caveats: Array(caveats),
            releasableTo: released.isEmpty ? nil : Array(released)
        )
    }

    private mutating func codes(_ selection: CodeSelection?, count: Int) throws -> [LabelOwner] {
        guard let selection else { return [] }
        let all = selection.everyCode ? everyCode : selection.codes
        var chosen: Set<String> = []
        while chosen.count < min(count, all.count) {
            guard let code = all.randomElement(using: &random) else { break }
            if !selection.excluded.contains(code) { chosen.insert(code) }
        }
        return try chosen.sorted().map { try LabelOwner($0) }
    }

    /// Values with compartments below them where the category has such.
    private mutating func names(_ category: CategorySet) -> [String] {
        var roots = category.values.map(\.name).shuffled(using: &random).prefix(2).map { $0 }
        let lead = category.lead?.banner ?? ""
        if category.isOpen {
            if lead.isEmpty, !roots.isEmpty { roots.append("ZZ\(Int.random(in: 1...9, using: &random))") }
            if !lead.isEmpty { roots = ["\(lead)BP", "\(lead)BUTTER.POPCORN"] }
        }
        guard category.isNested else { return roots }
        return roots.flatMap { root in
            var names = [root]
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let compartment = "\(root)-\(["G", "MMM", "123", "J12"].randomElement(using: &random) ?? "G")"
                names.append(compartment)
                if Bool.random(using: &random) { names.append("\(compartment)-ABCD") }
            }
            return names
        }
    }
}
