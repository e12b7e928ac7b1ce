import AccessPolicy
import PolicySupport
import SecurityLabels
import Testing

/// Markings are read into numbers by a way of its own, which must read what the strict reader reads and nothing else.
@Suite struct MarkingTableTests {
    private func label(_ marking: String, _ policy: CompiledPolicy) -> Result<ConfidentialityLabel, MarkingError> {
        Result { () throws(MarkingError) in try policy.intern(marking: marking).label }
    }

    private func strictly(_ marking: String, _ policy: CompiledPolicy) -> Result<ConfidentialityLabel, MarkingError> {
        Result { () throws(MarkingError) in
            try ConfidentialityLabel.parse(marking: marking, vocabulary: policy.policy.vocabulary)
        }
    }

    @Test(arguments: [
        "GBR SECRET", "GBR SECRET//SI/TK//REL TO FRA, DEU//MARITIME//INTREP", " GBR SECRET // SI / TK ", "GBR  SECRET",
        "GBR SECRET//REL TO ALLIANCE//SITREP", "GBR TOP SECRET//EYES ONLY/ORCON", "GBR SECRET//INTREP//MARITIME//SI",
        "GBR SECRET//REL TO FRA,DEU", "JOINT SECRET FRA GBR//SITREP", "ALLIANCE SECRET",
        // Refused, each with the strict reader's own words.
        "", "GBR", "GBR SECRTE", "GBR SECRET//", "GBR SECRET///SI", "GBR SECRET//SI/SI", "GBR SECRET//SI//TK",
        "GBR SECRET//SI/EYES ONLY", "GBR SECRET//REL TO", "GBR SECRET//REL TO ", "GBR SECRET//REL TO FRA,",
        "GBR SECRET//REL TO FRA, FRA", "GBR SECRET//REL TO FRA//REL TO DEU", "GBR SECRET//INTREP/SITREP",
        "GBR SECRET//MARITIME//CYBER", "gbr secret", "GBR SECRET//SI\u{301}", "GBR SECRET/\u{301}/SI",
        "GBR\u{A0}SECRET",
        "FRA OFFICIAL", "GBR SECRET//REL TOFRA", "GBR SECRET//TK/", "GBR SECRET//REL TO SI",
    ])
    func `a marking gives the label, or the error, that the strict reader gives`(marking: String) throws {
        let policy = CompiledPolicy(try ExamplePolicy.read())
        #expect(label(marking, policy) == strictly(marking, policy))
    }

    @Test(arguments: 0..<20)
    func `random markings, whole and damaged, are read as the strict reader reads them`(seed: UInt64) throws {
        var source = RandomPolicy(seed: 5_000 + seed, ruleCount: 8)
        let policy = CompiledPolicy(try Policy.parse(yaml: source.yaml(), file: "random.yaml"))
        var random = SplitMix64(state: seed)
        let pieces = Array("/ ,WK01MCTGPREL ").map { $0 }
        var read = 0
        for _ in 0..<150 {
            var marking = try source.label().marking
            if Bool.random(using: &random) {
                let place = marking.index(
                    marking.startIndex,
                    offsetBy: Int.random(in: 0..<marking.count, using: &random)
                )
                if Bool.random(using: &random) {
                    marking.remove(at: place)
                } else {
                    marking.insert(pieces[Int.random(in: 0..<pieces.count, using: &random)], at: place)
                }
            }
            let result = label(marking, policy)
            #expect(result == strictly(marking, policy), "\(marking)")
            guard let label = try? result.get() else { continue }
            read += 1
            // The numbers themselves must be the same as those of the label, and not its text alone.
            let time = source.time()
            let request = try source.request()
            let interned = policy.intern(request)
            let byMarking = try policy.intern(marking: marking)
            #expect(
                policy.decide(interned.with(byMarking, precedence: .routine), at: time)
                    == policy.decide(interned.with(policy.intern(label), precedence: .routine), at: time)
            )
        }
        #expect(read > 20)
    }
}
