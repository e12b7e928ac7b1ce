import SecurityLabels
import Testing

@Suite struct MarkingTests {
    let vocabulary: MarkingVocabulary

    init() throws {
        vocabulary = try MarkingVocabulary(
            policies: [LabelPolicyName("COALITION"), LabelPolicyName("OLD COALITION")],
            classifications: [
                LabelOwner("GBR"): ["OFFICIAL", "SECRET", "TOP SECRET"].map(Classification.init),
                LabelOwner("FRA"): ["SECRET", "TRÈS SECRET"].map(Classification.init),
                LabelOwner("EU"): [Classification("SECRET UE/EU SECRET")],
            ],
            compartments: [Compartment("SI"), Compartment("TK")],
            caveats: [Caveat("EYES ONLY"), Caveat("ORCON")],
            releasability: [
                ReleasabilityCode("GBR"), ReleasabilityCode("FRA"), ReleasabilityCode("DEU"), ReleasabilityCode("FVEY"),
            ],
            communities: [CommunityName("MARITIME")],
            types: [MessageType("INTREP"), MessageType("SITREP")]
        )
    }

    @Test(arguments: [
        "GBR SECRET",
        "GBR TOP SECRET//SI",
        "FRA TRÈS SECRET//SI/TK//EYES ONLY/ORCON//REL TO FRA, FVEY//MARITIME//SITREP",
        "EU SECRET UE/EU SECRET//INTREP",
        "GBR SECRET//REL TO DEU, FRA//INTREP",
    ])
    func `a marking reads and prints back the same`(marking: String) throws {
        #expect(try ConfidentialityLabel.parse(marking: marking, vocabulary: vocabulary).marking == marking)
    }

    @Test func `every part of a marking lands where it belongs`() throws {
        let label = try ConfidentialityLabel.parse(
            marking: "GBR TOP SECRET//TK/SI//ORCON//REL TO FRA, DEU//MARITIME//INTREP",
            vocabulary: vocabulary
        )
        #expect(
            try label
                == ConfidentialityLabel(
                    policy: LabelPolicyName("COALITION"),
                    owner: LabelOwner("GBR"),
                    classification: Classification("TOP SECRET"),
                    compartments: [Compartment("SI"), Compartment("TK")],
                    caveats: [Caveat("ORCON")],
                    releasableTo: [ReleasabilityCode("DEU"), ReleasabilityCode("FRA")],
                    community: CommunityName("MARITIME"),
                    type: MessageType("INTREP")
                )
        )
        #expect(label.releasableTo?.map(\.rawValue) == ["DEU", "FRA"])
    }

    @Test(arguments: [
        "  GBR   SECRET // REL TO FRA,DEU // INTREP ",
        "GBR SECRET//INTREP//REL TO DEU,FRA",
        "GBR SECRET//REL TO  DEU ,  FRA//INTREP",
    ])
    func `fields may come in any order and with any spaces around them`(marking: String) throws {
        let label = try ConfidentialityLabel.parse(marking: marking, vocabulary: vocabulary)
        #expect(label.marking == "GBR SECRET//REL TO DEU, FRA//INTREP")
    }

    @Test func `a marking is read under the policy that it came with`() throws {
        let older = try LabelPolicyName("OLD COALITION")
        let label = try ConfidentialityLabel.parse(marking: "GBR SECRET", policy: older, vocabulary: vocabulary)
        #expect(label.policy == older)
        #expect(throws: MarkingError.self) {
            try ConfidentialityLabel.parse(
                marking: "GBR SECRET",
                policy: LabelPolicyName("OTHER"),
                vocabulary: vocabulary
            )
        }
    }

    @Test(arguments: ["JOINT SECRET GBR FRA//SI", "JOINT  SECRET  FRA GBR // SI"])
    func `several owners are equals`(marking: String) throws {
        let label = try ConfidentialityLabel.parse(marking: marking, vocabulary: vocabulary)
        #expect(label.owner.rawValue == "FRA")
        #expect(label.coOwners.map(\.rawValue) == ["GBR"])
        #expect(label.marking == "JOINT SECRET FRA GBR//SI")
        #expect(try ConfidentialityLabel.parse(marking: label.marking, vocabulary: vocabulary) == label)
    }

    static let refused: [(String, String)] = [
        (
            "JOINT SECRET GBR",
            "marking, column 7: expected a classification and two or more label owners after `JOINT`, got `SECRET GBR`"
        ),
        ("JOINT SECRET GBR GBR", "marking, column 18: expected a label owner that is not named yet, got `GBR`"),
        (
            "JOINT OFFICIAL FRA GBR",
            "marking, column 7: expected a classification of FRA (SECRET, TRÈS SECRET), got `OFFICIAL`"
        ),
        ("", "marking, column 1: expected a label owner (EU, FRA, GBR), got nothing"),
        ("SECRET", "marking, column 1: expected a label owner (EU, FRA, GBR), got `SECRET`"),
        ("GBR", "marking, column 4: expected a classification of GBR (OFFICIAL, SECRET, TOP SECRET), got nothing"),
        ("gbr SECRET", "marking, column 1: expected a label owner in capitals, `GBR`, got `gbr`"),
        (
            "GBR SECRTE//INTREP",
            "marking, column 5: expected a classification of GBR (OFFICIAL, SECRET, TOP SECRET), got `SECRTE`"
        ),
        (
            "FRA TRE\u{300}S SECRET",
            "marking, column 5: expected a classification of FRA (SECRET, TRÈS SECRET), got `TRE\u{300}S SECRET`"
        ),
        (
            "GBR SECRET/SI",
            "marking, column 5: expected a classification of GBR (OFFICIAL, SECRET, TOP SECRET), got `SECRET/SI`"
        ),
        (
            "GBR SECRET//",
            "marking, column 13: expected `REL TO`, a compartment, a caveat, a community or a message type, got nothing"
        ),
        (
            "GBR SECRET//SI//HUMINT",
            "marking, column 17: expected `REL TO`, a compartment, a caveat, a community or a message type, "
                + "got `HUMINT`"
        ),
        (
            "GBR SECRET//intrep",
            "marking, column 13: expected `REL TO`, a compartment, a caveat, a community or a message type in capitals, "
                + "`INTREP`, got `intrep`"
        ),
        ("GBR SECRET//SI/HCS", "marking, column 16: expected a compartment (SI, TK), got `HCS`"),
        ("GBR SECRET//SI/ORCON", "marking, column 16: expected a compartment (SI, TK), got `ORCON`"),
        ("GBR SECRET//SI/SI", "marking, column 16: expected a compartment that is not named yet, got `SI`"),
        ("GBR SECRET//SI//TK", "marking, column 17: expected compartments in one field only, got `TK`"),
        ("GBR SECRET//INTREP//SITREP", "marking, column 21: expected the message type in one field only, got `SITREP`"),
        (
            "GBR SECRET//MARITIME/INTREP",
            "marking, column 13: expected `REL TO`, a compartment, a caveat, a community or a message type, "
                + "got `MARITIME`"
        ),
        (
            "GBR SECRET//REL TO",
            "marking, column 19: expected a partner or group after `REL TO` (DEU, FRA, FVEY, GBR), got nothing"
        ),
        (
            "GBR SECRET//REL TO FRA, ATLANTIS",
            "marking, column 25: expected a partner or group after `REL TO` (DEU, FRA, FVEY, GBR), got `ATLANTIS`"
        ),
        (
            "GBR SECRET//REL TO FRA,,DEU",
            "marking, column 24: expected a partner or group after `REL TO` (DEU, FRA, FVEY, GBR), got nothing"
        ),
        (
            "GBR SECRET//REL TO FRA//REL TO DEU",
            "marking, column 25: expected `REL TO` in one field only, got `REL TO DEU`"
        ),
    ]

    @Test(arguments: refused)
    func `a marking that cannot be read names the text, its column and what was expected`(
        marking: String,
        message: String
    ) {
        let error = #expect(throws: MarkingError.self) {
            try ConfidentialityLabel.parse(marking: marking, vocabulary: vocabulary)
        }
        #expect(error?.description == message)
    }

    @Test func `every label of the vocabulary survives print and parse`() throws {
        var generator = SplitMix64(state: 7)
        let owners = vocabulary.classifications.keys.sorted()
        for _ in 0..<2_000 {
            let owner = try #require(owners.randomElement(using: &generator))
            let releasable = vocabulary.releasability.sorted().filter { _ in Bool.random(using: &generator) }
            let label = try ConfidentialityLabel(
                policy: vocabulary.policies[0],
                owner: owner,
                classification: #require(vocabulary.classifications[owner]?.randomElement(using: &generator)),
                compartments: vocabulary.compartments.filter { _ in Bool.random(using: &generator) }.sorted(),
                caveats: vocabulary.caveats.filter { _ in Bool.random(using: &generator) }.sorted(),
                releasableTo: releasable.isEmpty ? nil : releasable,
                community: Bool.random(using: &generator) ? vocabulary.communities.first : nil,
                type: Bool.random(using: &generator) ? vocabulary.types.randomElement(using: &generator) : nil
            )
            #expect(try ConfidentialityLabel.parse(marking: label.marking, vocabulary: vocabulary) == label)
        }
    }

    @Test func `no prefix of a marking crashes the reader`() {
        let whole = "FRA TRÈS SECRET//SI/TK//EYES ONLY/ORCON//REL TO FRA, FVEY//MARITIME//SITREP"
        var readable = 0
        for length in 0...whole.count {
            do throws(MarkingError) {
                _ = try ConfidentialityLabel.parse(marking: String(whole.prefix(length)), vocabulary: vocabulary)
                readable += 1
            } catch {
                #expect(error.column <= length + 1)
            }
        }
        #expect(readable > 1)
    }
}
