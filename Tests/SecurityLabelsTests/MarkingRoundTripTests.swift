import SecurityLabels
import Testing

@Suite struct MarkingRoundTripTests {
    let set: LabelPolicySet

    init() throws { set = try ShippedPolicies.get() }

    @Test(arguments: ["USA", "GBR", "FRA", "DEU", "POL", "JPN", "NATO", "EU", "UN", "TLP"])
    func `every label that a policy admits is read again as it was written`(name: String) throws {
        let policy = try #require(set[try LabelPolicyName(name)])
        var labels = RandomLabels(set, seed: 4)
        for _ in 0..<200 {
            let label = try labels.label(of: policy)
            for form in MarkingForm.allCases {
                let marking = try set.marking(label, form: form)
                let read = try set.read(marking, policy: policy.name)
                #expect(read.label == label, "\(marking)")
                #expect(read.form == form)
            }
        }
    }

    @Test func `a policy whose markings leave the owner out is told whose information it is`() throws {
        let owner = try LabelOwner("ACME")
        let read = try set.read("TLP:GREEN", policy: LabelPolicyName("TLP"), owner: owner)
        #expect(read.label.owner == owner)
        #expect(try set.marking(read.label) == "TLP:GREEN")
        let other = try set.read("SECRET", policy: LabelPolicyName("USA"), owner: owner)
        #expect(other.label.owner.rawValue == "USA")
    }

    @Test func `markings of any policy may name a community and a message type`() throws {
        let extended = try set.with(
            communities: [CommunityName("MARITIME")],
            types: [MessageType("INTREP"), MessageType("SITREP")]
        )
        for (policy, marking) in [
            ("USA", "SECRET//NOFORN//MARITIME//INTREP"), ("NATO", "NATO SECRET RELEASABLE TO SWE MARITIME INTREP"),
            ("GBR", "SECRET - UK/US EYES ONLY - MARITIME - INTREP"), ("TLP", "TLP:GREEN//MARITIME//INTREP"),
        ] {
            let read = try extended.read(marking, policy: LabelPolicyName(policy))
            #expect(read.label.community?.rawValue == "MARITIME")
            #expect(read.label.type?.rawValue == "INTREP")
            #expect(try extended.marking(read.label) == marking)
        }
        #expect(throws: MarkingError(token: "SITREP", column: 25, expected: "one message type only")) {
            try extended.read("SECRET//NOFORN//INTREP//SITREP", policy: LabelPolicyName("USA"))
        }
        #expect(throws: LabelError.self) { try set.with(types: [MessageType("NOFORN")]) }
    }

    @Test func `a marking is read without its policy where only one policy can read it`() throws {
        for (marking, policy) in [
            ("TOP SECRET//SI//NOFORN", "USA"), ("OFFICIAL", "GBR"), ("UK SECRET", "GBR"), ("GEHEIM", "DEU"),
            ("COSMIC TOP SECRET", "NATO"), ("TLP:RED", "TLP"), ("SECRET UE/EU SECRET", "EU"), ("(Pf)", "POL"),
            ("SECRET//REL TO USA, GBR", "USA"), ("SECRET - SPÉCIAL FRANCE", "FRA"),
        ] {
            #expect(try set.read(marking).label.policy.rawValue == policy, "\(marking)")
        }
        let several = #expect(throws: MarkingError.self) { try set.read("SECRET") }
        #expect(several?.expected == "a marking of one policy, this is one of USA, GBR, FRA, JPN")
        let none = #expect(throws: MarkingError.self) { try set.read("SECRETO") }
        #expect(none?.description.contains("expected a marking of USA, GBR, FRA") == true)
        let near = #expect(throws: MarkingError.self) { try set.read("GEHEIM - NUR DEUTSCH") }
        #expect(near?.token == "NUR DEUTSCH")
    }

    static let unwritable: [(compartments: [String], caveats: [String], word: String, message: String)] = [
        (["SI-G"], [], "SECRET", "`SI-G` stands without `SI`: add it"),
        ([], ["EYES ONLY"], "SECRET", "`EYES ONLY` is not one of the caveats of USA"),
        (["SI-G-A-B", "SI"], [], "SECRET", "`SI-G-A-B` is not one of the compartments of USA"),
        ([], [], "GEHEIM", "`GEHEIM` is not a classification of USA under the label's policy"),
        (
            [], ["NOFORN", "RELIDO"], "SECRET",
            "the label cannot be marked: expected no `RELIDO` beside `NOFORN`, which excludes it"
        ),
    ]

    @Test(arguments: unwritable)
    func `a label that its policy does not admit has no marking`(
        vector: (compartments: [String], caveats: [String], word: String, message: String)
    ) throws {
        let label = try ConfidentialityLabel(
            policy: LabelPolicyName("USA"),
            owner: LabelOwner("USA"),
            classification: Classification(vector.word),
            compartments: vector.compartments.map { try Compartment($0) },
            caveats: vector.caveats.map { try Caveat($0) }
        )
        #expect(set.problem(with: label)?.description == vector.message)
    }
}
