import CanonicalEncoding
import SecurityLabels
import Testing

@Suite struct LabelOperationTests {
    let set: LabelPolicySet
    let today: Timestamp

    init() throws {
        set = try ShippedPolicies.get()
        today = try Timestamp(date: "2026-11-22")
    }

    private func label(_ policy: String, _ marking: String) throws -> ConfidentialityLabel {
        try set.read(marking, policy: LabelPolicyName(policy)).label
    }

    // MARK: - Equivalents

    static let equivalents: [(String, String, String, String, String)] = [
        ("GBR", "SECRET", "NATO", "2026-01-01", "NATO SECRET"),
        ("GBR", "OFFICIAL-SENSITIVE", "NATO", "2026-01-01", "NATO RESTRICTED"),
        ("GBR", "RESTRICTED", "NATO", "2014-04-01", "NATO RESTRICTED"),
        ("GBR", "RESTRICTED", "NATO", "2014-04-02", "NATO RESTRICTED"),  // through its successor
        ("GBR", "OFFICIAL", "NATO", "2026-01-01", "none"),
        ("NATO", "NATO UNCLASSIFIED", "GBR", "2026-01-01", "OFFICIAL"),
        ("NATO", "NATO CONFIDENTIAL", "GBR", "2014-04-01", "CONFIDENTIAL"),
        ("NATO", "NATO CONFIDENTIAL", "GBR", "2014-04-02", "none"),
        ("FRA", "CONFIDENTIEL DEFENSE", "NATO", "2021-06-30", "NATO CONFIDENTIAL"),
        ("FRA", "CONFIDENTIEL DEFENSE", "NATO", "2021-07-01", "NATO CONFIDENTIAL"),
        ("NATO", "NATO CONFIDENTIAL", "FRA", "2021-06-30", "CONFIDENTIEL DÉFENSE"),
        ("NATO", "NATO CONFIDENTIAL", "FRA", "2021-07-01", "none"),
        ("NATO", "NATO SECRET", "FRA", "2021-06-30", "SECRET DÉFENSE"),
        ("NATO", "NATO SECRET", "FRA", "2021-07-01", "SECRET"),
        ("NATO", "COSMIC TOP SECRET", "FRA", "2021-06-30", "TRÈS SECRET DÉFENSE"),
        ("NATO", "COSMIC TOP SECRET", "FRA", "2021-07-01", "TRÈS SECRET"),
        ("FRA", "SECRET DEFENSE", "FRA", "2021-06-30", "SECRET DÉFENSE"),
        ("FRA", "SECRET DEFENSE", "FRA", "2021-07-01", "SECRET"),
        ("FRA", "TRES SECRET DEFENSE", "FRA", "2026-01-01", "TRÈS SECRET"),
        ("FRA", "CONFIDENTIEL DEFENSE", "FRA", "2026-01-01", "CONFIDENTIEL DÉFENSE"),
        ("FRA", "TRÈS SECRET", "DEU", "2026-01-01", "STRENG GEHEIM"),  // through NATO
        ("DEU", "VS-NfD", "EU", "2026-01-01", "RESTREINT UE/EU RESTRICTED"),
        ("POL", "ŚCIŚLE TAJNE", "EU", "2026-01-01", "TRÈS SECRET UE/EU TOP SECRET"),
        ("JPN", "極秘", "USA", "2026-01-01", "SECRET"),
        ("JPN", "特定秘密", "USA", "2026-01-01", "SECRET"),
        ("USA", "SECRET", "JPN", "2026-01-01", "極秘"),
        ("USA", "//GBR SECRET", "GBR", "2026-01-01", "SECRET"),
        ("USA", "//GBR SECRET", "NATO", "2026-01-01", "NATO SECRET"),
        ("USA", "//NATO SECRET", "NATO", "2026-01-01", "NATO SECRET"),
        ("USA", "UNCLASSIFIED", "NATO", "2026-01-01", "none"),
        ("TLP", "TLP:RED", "USA", "2026-01-01", "none"),
        ("TLP", "TLP:CLEAR", "NATO", "2026-01-01", "none"),
        ("UN", "STRICTLY CONFIDENTIAL", "NATO", "2026-01-01", "none"),
        ("JPN", "極秘", "UN", "2026-01-01", "none"),
    ]

    @Test(arguments: equivalents)
    func `what a word is worth elsewhere is a row of a dated table, or not known`(
        vector: (policy: String, marking: String, target: String, day: String, expected: String)
    ) throws {
        let label = try label(vector.policy, vector.marking)
        switch set.convert(label, to: try LabelPolicyName(vector.target), at: try Timestamp(date: vector.day)) {
        case .equivalent(let found): #expect(found.marking == vector.expected)
        case .noneKnown(let reason):
            #expect(vector.expected == "none", "\(reason)")
            #expect(reason.contains(vector.target))
        }
    }

    @Test func `an equivalent names the rows and the policy that it rests on`() throws {
        let french = try label("FRA", "SECRET DEFENSE")
        guard case .equivalent(let found) = set.convert(french, to: try LabelPolicyName("DEU"), at: today) else {
            Issue.record("expected an equivalent")
            return
        }
        #expect(found.through?.rawValue == "NATO")
        #expect(
            found.steps == [
                "FRA SECRET DEFENSE is worth NATO SECRET since 2021-07-01", "DEU GEHEIM is worth NATO SECRET",
            ]
        )
    }

    @Test func `every row of every table leads to a word that the other policy has`() throws {
        for policy in set.policies {
            for row in policy.equivalents {
                let other = try #require(set[row.otherPolicy], "\(policy.name): \(row.otherPolicy)")
                let words = other.ladders.flatMap(\.words).map(\.classification)
                #expect(words.contains(row.otherWord), "\(policy.name): \(row.otherWord)")
            }
        }
    }

    // MARK: - Comparing

    static let comparisons: [(String, String, String, String, LabelOrder)] = [
        ("USA", "SECRET", "USA", "SECRET", .equal),
        ("USA", "TOP SECRET", "USA", "SECRET", .dominates),
        ("USA", "UNCLASSIFIED", "USA", "TOP SECRET//SI//NOFORN", .dominated),
        ("USA", "TOP SECRET//SI/TK//NOFORN", "USA", "SECRET//SI//NOFORN", .dominates),
        ("USA", "SECRET//SI", "USA", "SECRET//TK", .incomparable),
        ("USA", "SECRET//SI", "USA", "TOP SECRET", .incomparable),
        ("USA", "SECRET//SI-G ABCD", "USA", "SECRET//SI-G", .dominates),
        (
            "USA", "TOP SECRET//HCS/KDK-AAA 123-LLL SSS/SI-G QURT-PPP/TK", "USA",
            "TOP SECRET//HCS/KDK-LLL SSS/SI-G-PPP/TK", .dominates
        ),
        ("USA", "SECRET//NOFORN", "USA", "SECRET//REL TO USA, GBR", .dominates),
        ("USA", "SECRET//NOFORN", "USA", "SECRET", .dominates),
        ("USA", "SECRET//REL TO USA, GBR", "USA", "SECRET", .dominates),
        ("USA", "SECRET//REL TO USA, GBR", "USA", "SECRET//REL TO USA, AUS, CAN, GBR, NZL", .dominates),
        ("USA", "SECRET//REL TO USA, FVEY", "USA", "SECRET//REL TO USA, AUS, CAN, GBR, NZL", .equal),
        ("USA", "SECRET//REL TO USA, ACGU", "USA", "SECRET//REL TO USA, FVEY", .dominates),
        ("USA", "SECRET//REL TO USA, GBR", "USA", "SECRET//REL TO USA, FRA", .incomparable),
        ("USA", "TOP SECRET//SI//REL TO USA, GBR", "USA", "TOP SECRET//NOFORN", .incomparable),
        ("USA", "SECRET//ORCON", "USA", "SECRET", .equal),
        ("USA", "SECRET", "GBR", "SECRET", .equal),
        ("USA", "TOP SECRET", "GBR", "SECRET", .dominates),
        ("FRA", "TRÈS SECRET", "DEU", "GEHEIM", .dominates),
        ("FRA", "SECRET DEFENSE", "FRA", "SECRET", .equal),
        ("FRA", "SECRET - SPECIAL FRANCE", "FRA", "SECRET", .dominates),
        ("NATO", "NATO SECRET ATOMAL", "USA", "SECRET", .dominates),
        ("NATO", "NATO SECRET ATOMAL", "USA", "SECRET//SI", .incomparable),
        ("NATO", "NATO SECRET", "NATO", "NATO SECRET RELEASABLE TO AUS", .dominates),
        ("TLP", "TLP:RED", "TLP", "TLP:AMBER+STRICT", .dominates),
        ("TLP", "TLP:RED", "USA", "UNCLASSIFIED", .incomparable),
        ("UN", "STRICTLY CONFIDENTIAL", "NATO", "NATO CONFIDENTIAL", .incomparable),
    ]

    @Test(arguments: comparisons)
    func `labels compare in level, restrictions and audience`(
        vector: (String, String, String, String, LabelOrder)
    ) throws {
        let left = try label(vector.0, vector.1)
        let right = try label(vector.2, vector.3)
        let comparison = set.compare(left, right, at: today)
        #expect(comparison.order == vector.4, "\(comparison.reasons)")
        let mirrored: LabelOrder =
            switch vector.4 {
            case .equal, .incomparable: vector.4
            case .dominates: .dominated
            case .dominated: .dominates
            }
        #expect(set.compare(right, left, at: today).order == mirrored)
        #expect(vector.4 == .equal || !comparison.reasons.isEmpty)
    }

    @Test(arguments: ["USA", "GBR", "FRA", "DEU", "NATO", "TLP"])
    func `comparing is an order`(name: String) throws {
        let policy = try #require(set[try LabelPolicyName(name)])
        var random = RandomLabels(set, seed: 9)
        let labels = try (0..<24).map { _ in try random.label(of: policy) }
        for left in labels {
            #expect(set.compare(left, left, at: today).order == .equal)
            for middle in labels {
                let first = set.compare(left, middle, at: today).order
                guard first == .dominates || first == .equal else { continue }
                for right in labels {
                    let second = set.compare(middle, right, at: today).order
                    guard second == .dominates || second == .equal else { continue }
                    let whole = set.compare(left, right, at: today).order
                    #expect(whole == first.combinedForTest(with: second))
                }
            }
        }
    }

    // MARK: - Clearances

    static let accesses: [(String, [String], String, [String])] = [
        ("TOP SECRET", ["SI", "TK", "USA"], "TOP SECRET//SI/TK//REL TO USA, GBR", []),
        ("TOP SECRET", ["SI"], "TOP SECRET//SI/TK", ["not read in to `TK`"]),
        ("SECRET", ["GBR"], "TOP SECRET//REL TO USA, GBR", ["not cleared for TOP SECRET"]),
        ("SECRET", ["GBR"], "SECRET//REL TO USA, GBR", []),
        ("SECRET", ["GBR"], "SECRET//REL TO USA, FVEY", []),
        ("SECRET", ["FRA"], "SECRET//REL TO USA, FVEY", ["none of `USA`, `FVEY` (REL TO)"]),
        ("SECRET", ["GBR"], "SECRET//NOFORN", ["not read in to `NOFORN`"]),
        ("SECRET", ["USA", "NOFORN"], "SECRET//NOFORN", []),
        ("SECRET", [], "SECRET//ORCON/PROPIN", []),
        (
            "SECRET", ["SI"], "TOP SECRET//SI-G//NOFORN",
            ["not cleared for TOP SECRET", "not read in to `SI-G`", "not read in to `NOFORN`"]
        ),
        ("SECRET", [], "//GBR SECRET", []),
    ]

    @Test(arguments: accesses)
    func `a clearance holds the level, all restrictive values and one permissive value`(
        vector: (level: String, values: [String], marking: String, missing: [String])
    ) throws {
        let clearance = try Clearance(
            policy: LabelPolicyName("USA"),
            upTo: Classification(vector.level),
            values: Set(vector.values),
            in: set
        )
        let verdict = clearance.holds(try label("USA", vector.marking), by: set)
        #expect(verdict == (vector.missing.isEmpty ? .held : .notHeld(vector.missing)))
    }

    @Test func `a clearance of another policy holds nothing`() throws {
        let clearance = Clearance(
            policy: try LabelPolicyName("NATO"),
            classifications: [try Classification("NATO SECRET")]
        )
        let verdict = clearance.holds(try label("USA", "UNCLASSIFIED"), by: set)
        #expect(verdict == .notHeld(["the clearance is of NATO, the label of USA"]))
    }
}

extension LabelOrder {
    fileprivate func combinedForTest(with other: LabelOrder) -> LabelOrder {
        self == .equal && other == .equal ? .equal : .dominates
    }
}
