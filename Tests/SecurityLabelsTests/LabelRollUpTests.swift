import SecurityLabels
import Testing

@Suite struct LabelRollUpTests {
    let set: LabelPolicySet

    init() throws { set = try ShippedPolicies.get() }

    private func rollUp(_ policy: String, _ markings: [String]) throws -> LabelRollUp {
        try set.rollUp(markings.map { try set.read($0, policy: LabelPolicyName(policy)).label })
    }

    static let wholes: [(String, [String], String, Bool)] = [
        ("USA", ["(U)", "(S//NF)"], "SECRET//NOFORN", true),
        ("USA", ["(S//SI)", "(TS//TK)"], "TOP SECRET//SI/TK", false),
        ("USA", ["(S//REL TO USA, FVEY)", "(C//REL TO USA, GBR, FRA)"], "SECRET//REL TO USA, GBR", false),
        ("USA", ["(S//REL TO USA, FVEY)", "(S//REL TO USA, FVEY)"], "SECRET//REL TO USA, FVEY", false),
        ("USA", ["(S//REL TO USA, GBR)", "(S//REL TO USA, FRA)"], "SECRET//NOFORN", true),
        ("USA", ["(S//REL TO USA, GBR)", "(S)"], "SECRET//NOFORN", true),
        ("USA", ["(S//REL TO USA, GBR)", "(U)"], "SECRET//REL TO USA, GBR", false),
        ("USA", ["(S//REL TO USA, GBR)", "(S//NF)"], "SECRET//NOFORN", true),
        ("USA", ["(U//FOUO)", "(S//NF)"], "SECRET//NOFORN", true),
        ("USA", ["(U//FOUO)", "(U)"], "UNCLASSIFIED//FOUO", false),
        ("USA", ["(S//RELIDO)", "(S//OC/NF)"], "SECRET//ORCON/NOFORN", true),
        ("USA", ["(S//RELIDO)", "(S)"], "SECRET", false),
        ("USA", ["(S//RD//NF)", "(S//FRD//NF)"], "SECRET//RD//NOFORN", true),
        ("USA", ["(S//SI-G ABCD//NF)", "(S//SI-G EFGH//NF)"], "SECRET//SI-G ABCD EFGH//NOFORN", true),
        ("USA", ["(C//REL TO USA, GBR)", "(//GBR S//REL TO USA, GBR)"], "SECRET//FGI GBR//REL TO USA, GBR", false),
        ("USA", ["(//GBR R)", "(U)"], "CONFIDENTIAL//FGI GBR", false),
        ("USA", ["(//NS)", "(S//NF)"], "SECRET//FGI NATO//NOFORN", true),
        ("USA", ["(S//NF)", "(//JOINT S CAN GBR USA//REL TO USA, CAN, GBR)"], "SECRET//FGI CAN GBR//NOFORN", true),
        ("GBR", ["(S - UK/US EYES ONLY)", "(S - UK/AUS EYES ONLY)"], "SECRET - UK EYES ONLY", true),
        ("GBR", ["(O-S - COMMERCIAL)", "(TS)"], "TOP SECRET - COMMERCIAL", false),
        ("GBR", ["(O-S - COMMERCIAL)", "(O)"], "OFFICIAL-SENSITIVE - COMMERCIAL", false),
        ("FRA", ["(S - REL TO DEU)", "(S - REL TO ITA)"], "SECRET - SPÉCIAL FRANCE", true),
        ("FRA", ["(SD)", "(S)"], "SECRET", false),
        ("FRA", ["(CD)", "(DR)"], "CONFIDENTIEL DÉFENSE", false),
        ("NATO", ["(NS ATOMAL)", "(NC REL TO SWE, AUS)", "(CTS BOHEMIA)"], "COSMIC TOP SECRET ATOMAL BOHEMIA", true),
        ("NATO", ["(NS REL TO AUS, NZL)", "(NC REL TO NZL)", "(NU)"], "NATO SECRET RELEASABLE TO NZL", false),
        ("NATO", ["(NS REL TO AUS)", "(NC REL TO JPN)"], "NATO SECRET", true),
        ("TLP", ["TLP:GREEN", "TLP:AMBER+STRICT"], "TLP:AMBER+STRICT", false),
    ]

    @Test(arguments: wholes)
    func `a whole has the highest level, all restrictions and the audience that its portions share`(
        vector: (policy: String, portions: [String], whole: String, nobody: Bool)
    ) throws {
        for portions in [vector.portions, vector.portions.reversed()] {
            let result = try rollUp(vector.policy, portions)
            #expect(try set.marking(result.label) == vector.whole, "\(result.notes)")
            #expect(result.isReleasableToNobodyElse == vector.nobody)
        }
    }

    @Test func `every step that loses or adds something is said`() throws {
        let notes = try rollUp("USA", ["(U//FOUO)", "(S//RELIDO)", "(S//REL TO USA, GBR)", "(//GBR S)"]).notes
        #expect(
            notes == [
                "portions of GBR, USA make a document of USA", "`RELIDO` is dropped: not every portion has it",
                "the whole is `NOFORN`: a portion does not say to whom it is releasable",
                "`FOUO` is dropped: expected no `FOUO` with SECRET, for it stands with UNCLASSIFIED only",
            ]
        )
    }

    @Test func `labels that no label can sum up are refused`() throws {
        #expect(throws: LabelRollUpError.noLabels) { try set.rollUp([]) }
        let american = try set.read("SECRET", policy: LabelPolicyName("USA")).label
        let german = try set.read("GEHEIM", policy: LabelPolicyName("DEU")).label
        let policies = #expect(throws: LabelRollUpError.self) { try set.rollUp([american, german]) }
        #expect(
            policies?.description
                == "labels of several policies (DEU, USA) have no common words: expected labels of one policy"
        )
        let owners = try ["ACME", "INITECH"].map {
            try set.read("TLP:RED", policy: LabelPolicyName("TLP"), owner: LabelOwner($0)).label
        }
        #expect(throws: LabelRollUpError.severalOwners(try [LabelOwner("ACME"), LabelOwner("INITECH")])) {
            try set.rollUp(owners)
        }
    }

    @Test(arguments: ["USA", "GBR", "DEU", "POL", "JPN", "NATO", "EU", "UN"])
    func `a whole is at least as restricted as each portion of its owner, in level and restrictions`(name: String)
        throws
    {
        let policy = try #require(set[try LabelPolicyName(name)])
        var random = RandomLabels(set, seed: 21)
        var made = 0
        for _ in 0..<60 {
            let portions = try (0..<3).map { _ in try random.label(of: policy) }
            guard let whole = try? set.rollUp(portions) else { continue }
            made += 1
            #expect(try set.rollUp([whole.label]).label == whole.label)
            for portion in portions
            where portion.compartments.contains(where: { !whole.label.compartments.contains($0) }) {
                #expect(whole.notes.contains { $0.contains("is dropped") })
            }
            if whole.isReleasableToNobodyElse {
                #expect(whole.label.releasableTo.map(\.count) ?? 0 <= whole.label.owners.count)
            }
        }
        #expect(made > 10)
    }
}
