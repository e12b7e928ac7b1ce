import SecurityLabels
import Testing

@Suite struct ConfidentialityLabelTests {
    @Test func `a label lists everything once and in order`() throws {
        let label = try ConfidentialityLabel(
            policy: LabelPolicyName("COALITION"),
            owner: LabelOwner("GBR"),
            classification: Classification("SECRET"),
            compartments: [Compartment("TK"), Compartment("SI")]
        )
        #expect(label.compartments.map(\.rawValue) == ["SI", "TK"])
    }

    @Test func `owners are equals, so that a joint label has one form`() throws {
        func joint(_ owner: String, _ coOwners: [String]) throws -> ConfidentialityLabel {
            try ConfidentialityLabel(
                policy: LabelPolicyName("COALITION"),
                owner: LabelOwner(owner),
                coOwners: coOwners.map { try LabelOwner($0) },
                classification: Classification("SECRET")
            )
        }
        #expect(try joint("USA", ["GBR", "CAN"]) == joint("CAN", ["USA", "GBR"]))
        #expect(try joint("USA", ["GBR", "CAN"]).owners.map(\.rawValue) == ["CAN", "GBR", "USA"])
        #expect(throws: LabelError.repeated(component: "a label owner", text: "GBR")) { try joint("GBR", ["GBR"]) }
    }

    @Test func `a label that names a compartment twice is refused`() throws {
        let compartment = try Compartment("SI")
        #expect(throws: LabelError.repeated(component: "a compartment", text: "SI")) {
            try ConfidentialityLabel(
                policy: LabelPolicyName("COALITION"),
                owner: LabelOwner("GBR"),
                classification: Classification("SECRET"),
                compartments: [compartment, compartment]
            )
        }
    }

    @Test func `an empty releasability list is refused, for it could be read as everybody or nobody`() {
        #expect(throws: LabelError.emptyReleasability) {
            try ConfidentialityLabel(
                policy: LabelPolicyName("COALITION"),
                owner: LabelOwner("GBR"),
                classification: Classification("SECRET"),
                releasableTo: []
            )
        }
    }

    @Test func `a vocabulary refuses a word that is of two kinds`() throws {
        #expect(
            throws: LabelError.ambiguous(text: "MARITIME", first: "a community", second: "a message type")
        ) {
            try MarkingVocabulary(
                policies: [LabelPolicyName("COALITION")],
                classifications: [:],
                communities: [CommunityName("MARITIME")],
                types: [MessageType("MARITIME")]
            )
        }
        #expect(throws: LabelError.self) {
            try MarkingVocabulary(
                policies: [LabelPolicyName("COALITION")],
                classifications: [:],
                caveats: [Caveat("REL TO GBR")]
            )
        }
    }
}
