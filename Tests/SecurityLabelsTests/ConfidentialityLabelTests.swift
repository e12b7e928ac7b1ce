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
