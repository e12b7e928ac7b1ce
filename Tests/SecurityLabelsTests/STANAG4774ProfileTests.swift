import CanonicalEncoding
import SecurityLabels
import Testing

@Suite struct STANAG4774ProfileTests {
    /// Read once: the files are long.
    static let shipped = Result { try LabelPolicySet.shipped() }

    let plain: STANAG4774Profile
    let nato: STANAG4774Profile

    init() throws {
        plain = .plain(policy: try LabelPolicyName("COALITION"), uri: "urn:oid:2.25.1")
        nato = try .nato()
    }

    private func content(_ text: String) throws -> STANAG4774Content {
        try #require(try STANAG4774Material.read(text).originator).content
    }

    private func nato(_ categories: String...) throws -> ConfidentialityLabel {
        try ConfidentialityLabel(
            stanag4774: content(STANAG4774Material.label(categories.joined())),
            profile: nato
        )
    }

    private func message(_ body: () throws -> Void) throws -> String {
        "\(try #require(throws: STANAG4774Error.self, performing: body))"
    }

    @Test func `every part of a label has a place, and comes back from it`() throws {
        let label = try ConfidentialityLabel(
            policy: LabelPolicyName("COALITION"),
            owner: LabelOwner("USA"),
            coOwners: [LabelOwner("GBR")],
            classification: Classification("TRÈS SECRET"),
            compartments: [Compartment("TK"), Compartment("SI")],
            caveats: [Caveat("EYES ONLY"), Caveat("ORCON")],
            releasableTo: [ReleasabilityCode("FRA"), ReleasabilityCode("DEU")],
            community: CommunityName("MARITIME"),
            type: MessageType("SITREP")
        )
        let information = try label.stanag4774Information(profile: plain)
        #expect(
            information.categories.map { "\($0.tagName) \($0.kind.rawValue) \($0.values.joined(separator: ","))" } == [
                "Owner INFORMATIVE GBR,USA", "Compartments RESTRICTIVE SI,TK", "Caveats RESTRICTIVE EYES ONLY,ORCON",
                "Releasable To PERMISSIVE DEU,FRA", "Community PERMISSIVE MARITIME", "Message Type INFORMATIVE SITREP",
            ]
        )
        let content = STANAG4774Content(
            information: information,
            creationDateTime: STANAG4774DateTime("2026-01-01T00:00:00Z")
        )
        let set = try STANAG4774LabelSet(labels: [STANAG4774Label(kind: .originator, content: content)])
        let read = try STANAG4774LabelSet.parse(xml: set.xml())
        let back = try ConfidentialityLabel(stanag4774: #require(read.originator).content, profile: plain)
        #expect(back == label)
    }

    /// The labels of table 17 of ADatP-4774, facts as the test data of spiffing has them (github.com/surevine/spiffing, MIT
    /// licence), each with its marking here.
    private static let table17: [(classification: String, categories: [(String, String, [String])], marking: String)] =
        [
            (
                "UNCLASSIFIED",
                [
                    ("Context", "PERMISSIVE", ["NATO", "Releasable"]),
                    ("Releasable To", "PERMISSIVE", ["NATO", "ISAF", "KFOR", "RESOLUTE SUPPORT"]),
                ], "NATO UNCLASSIFIED RELEASABLE TO ISAF, KFOR, NATO, RESOLUTE-SUPPORT"
            ), ("UNCLASSIFIED", [("Context", "PERMISSIVE", ["NATO"])], "NATO UNCLASSIFIED"),
            (
                "UNCLASSIFIED",
                [("Context", "PERMISSIVE", ["NATO"]), ("Administrative", "INFORMATIVE", ["STAFF"])],
                "NATO UNCLASSIFIED STAFF"
            ),
            (
                "RESTRICTED",
                [
                    ("Context", "PERMISSIVE", ["NATO", "Releasable"]),
                    ("Releasable To", "PERMISSIVE", ["NATO", "JPN", "CHE", "UKR"]),
                ], "NATO RESTRICTED RELEASABLE TO CHE, JPN, UKR, NATO"
            ),
            (
                "CONFIDENTIAL",
                [
                    ("Context", "PERMISSIVE", ["EAPC", "Releasable"]),
                    ("Releasable To", "PERMISSIVE", ["EAPC", "ISAF"]),
                ], "NATO CONFIDENTIAL RELEASABLE TO EAPC, ISAF EAPC"
            ),
            (
                "CONFIDENTIAL",
                [("Context", "PERMISSIVE", ["KFOR"]), ("Only", "PERMISSIVE", ["NATO", "IRL", "SWE", "UKR"])],
                "NATO CONFIDENTIAL ONLY RELEASABLE TO IRL, SWE, UKR, NATO KFOR"
            ), ("TOP SECRET", [("Context", "PERMISSIVE", ["NATO"])], "COSMIC TOP SECRET"),
        ]

    @Test(arguments: table17.indices)
    func `the standard's example labels have a marking, come back, and open for whom they name`(number: Int) throws {
        let example = Self.table17[number]
        let categories = example.categories.map { tag, kind, values in
            "<Category TagName=\"\(tag)\" Type=\"\(kind)\">"
                + values.map { "<GenericValue>\($0)</GenericValue>" }.joined() + "</Category>"
        }
        let xml = """
            <originatorConfidentialityLabel xmlns="\(STANAG4774Material.namespace)"><ConfidentialityInformation>\
            <PolicyIdentifier>NATO</PolicyIdentifier><Classification>\(example.classification)</Classification>\
            \(categories.joined())</ConfidentialityInformation></originatorConfidentialityLabel>
            """
        let content = try self.content(xml)
        let label = try ConfidentialityLabel(stanag4774: content, profile: nato)
        let set = try Self.shipped.get()
        #expect(try set.marking(label) == example.marking)
        let information = try label.stanag4774Information(profile: nato)
        let again = STANAG4774Content(information: information, creationDateTime: nil)
        #expect(try ConfidentialityLabel(stanag4774: again, profile: nato) == label)
        // What a label names opens it; one that names nobody is open to whoever has the classification.
        let listed = example.categories.filter { ["Releasable To", "Only"].contains($0.0) }.flatMap(\.2)
        for code in listed.map({ $0.replacing(" ", with: "-") }) + ["BRA"] {
            let clearance = Clearance(policy: label.policy, classifications: [label.classification], values: [code])
            let isHeld = clearance.holds(label, by: set) == .held
            #expect(isHeld == (listed.isEmpty || code != "BRA"), "\(code)")
        }
        let lower = Clearance(policy: label.policy, classifications: [], values: ["NATO"])
        #expect(lower.holds(label, by: set) != .held)
    }

    @Test func `a thousand random labels come back, and one label has one spelling`() throws {
        var random = SplitMix64(state: 7)
        let words = ["A", "B-1", "C.D", "ORCON", "ONLY", "STAFF", "NATO"]
        func some() -> [String] { words.filter { _ in Bool.random(using: &random) } }
        for _ in 0..<1000 {
            let codes = try some().filter { $0.count > 1 && !$0.contains(".") }.map(ReleasabilityCode.init)
            let label = try ConfidentialityLabel(
                policy: LabelPolicyName("NATO"),
                owner: LabelOwner("NATO"),
                coOwners: Bool.random(using: &random) ? [LabelOwner("EU")] : [],
                classification: Classification("NATO SECRET"),
                compartments: some().map(Compartment.init),
                caveats: some().map(Caveat.init),
                releasableTo: codes.isEmpty ? nil : codes,
                community: Bool.random(using: &random) ? CommunityName("KFOR") : nil,
                type: Bool.random(using: &random) ? MessageType("SITREP") : nil
            )
            let information = try label.stanag4774Information(profile: nato)
            let content = STANAG4774Content(information: information, creationDateTime: nil)
            #expect(try ConfidentialityLabel(stanag4774: content, profile: nato) == label)
            let set = try STANAG4774LabelSet(labels: [STANAG4774Label(kind: .originator, content: content)])
            #expect(try STANAG4774LabelSet.parse(xml: set.xml()).labels == set.labels)
        }
    }

    @Test func `labels of the NATO policy are read as it means them`() throws {
        let context = STANAG4774Material.category("Context", "PERMISSIVE", "NATO", "Releasable")
        let release = STANAG4774Material.category("Releasable To", "PERMISSIVE", "NATO", "KFOR", "RESOLUTE SUPPORT")
        #expect(try nato(context, release).marking == "NATO NATO SECRET//REL TO KFOR, NATO, RESOLUTE-SUPPORT")
        #expect(
            try nato(STANAG4774Material.category("Administrative", "INFORMATIVE", "Staff")).marking
                == "NATO NATO SECRET//STAFF"
        )
        let only = try nato(
            STANAG4774Material.category("Context", "PERMISSIVE", "KFOR"),
            STANAG4774Material.category("Only", "PERMISSIVE", "NATO", "IRL"),
            STANAG4774Material.category("additional sensitivity", "RESTRICTIVE", "Atomal")
        )
        #expect(only.marking == "NATO NATO SECRET//ATOMAL//ONLY//REL TO IRL, NATO//KFOR")
        let information = try only.stanag4774Information(profile: nato)
        #expect(information.policyURI == "urn:oid:1.3.26.1.3.1")
        #expect(
            information.categories.map { "\($0.tagName): \($0.values.joined(separator: ","))" } == [
                "Context: KFOR", "Additional Sensitivity: ATOMAL", "Only: IRL,NATO",
            ]
        )
    }

    @Test(arguments: ["SECRET", "secret", "NATO SECRET"])
    func `a classification is the policy's own word`(text: String) throws {
        let label = try ConfidentialityLabel(
            stanag4774: content(STANAG4774Material.label(classification: text)),
            profile: nato
        )
        #expect(try Self.shipped.get().marking(label) == "NATO SECRET")
        #expect(try label.stanag4774Information(profile: nato).classification == "SECRET")
    }

    @Test(arguments: [
        "TOP SECRET//SI/TK//NOFORN", "TOP SECRET//SI//REL TO USA, FVEY", "NATO SECRET ATOMAL",
        "COSMIC TOP SECRET BOHEMIA",
        "OFFICIAL-SENSITIVE", "SECRET UE/EU SECRET", "//JOINT SECRET CAN GBR USA//REL TO USA, CAN, GBR",
    ])
    func `a marking of a shipped policy goes into XML and back`(marking: String) throws {
        let policies = try Self.shipped.get()
        let label = try policies.read(marking).label
        let profile = try STANAG4774Profile.known(for: label.policy, uri: "urn:oid:2.25.7")
        let content = STANAG4774Content(
            information: try label.stanag4774Information(profile: profile),
            creationDateTime: STANAG4774DateTime("2026-01-01T00:00:00Z")
        )
        let set = try STANAG4774LabelSet(labels: [STANAG4774Label(kind: .originator, content: content)])
        let read = try #require(try STANAG4774LabelSet.parse(xml: set.xml()).originator).content
        let back = try ConfidentialityLabel(stanag4774: read, profile: .known(for: read.information))
        #expect(back == label)
    }

    @Test func `values under one tag name count as one list, however they are spread`() throws {
        let label = try nato(
            STANAG4774Material.category("Releasable To", "PERMISSIVE", "FRA"),
            STANAG4774Material.category("Releasable To", "PERMISSIVE", "DEU")
        )
        #expect(label.marking == "NATO NATO SECRET//REL TO DEU, FRA")
    }

    @Test func `what has no place is refused by its name`() throws {
        func category(_ tag: String, _ type: String, _ values: [String]) -> String {
            values.map { STANAG4774Material.category(tag, type, $0) }.joined()
        }
        #expect(
            try message { _ = try nato(category("Shape", "RESTRICTIVE", ["ROUND"])) }.contains(
                "got `Shape` of RESTRICTIVE"
            )
        )
        #expect(
            try message { _ = try nato(category("Releasable To", "RESTRICTIVE", ["FRA"])) }
                == "expected a category of the policy `NATO`: `Releasable To` of PERMISSIVE, "
                + "got `Releasable To` of RESTRICTIVE"
        )
        #expect(
            try message { _ = try nato(category("Releasable To", "PERMISSIVE", ["NEW ZEALAND"])) }.contains(
                "`NEW ZEALAND`"
            )
        )
        #expect(
            try message { _ = try nato(category("Releasable To", "PERMISSIVE", ["FRA", "fra"])) }.contains(
                "stands twice"
            )
        )
        #expect(
            try message {
                _ = try nato(category("Releasable To", "PERMISSIVE", ["FRA"]), category("Only", "PERMISSIVE", ["FRA"]))
            } == "expected one of `Releasable To` and `Only`, got both"
        )
        #expect(
            try message { _ = try nato(category("Context", "PERMISSIVE", ["NATO", "KFOR"])) }.contains("one community")
        )
        #expect(
            try message { _ = try nato(category("Context", "PERMISSIVE", ["NATO", "Releasable"])) }.contains(
                "announcement"
            )
        )
        #expect(
            try message { _ = try nato(category("Administrative", "INFORMATIVE", ["SECRETIVE"])) }.contains(
                "got `SECRETIVE`"
            )
        )
        #expect(try message { _ = try nato("<PrivacyMark>MINIMUM</PrivacyMark>") }.contains("got `MINIMUM`"))
        let other = try content(STANAG4774Material.label(policy: "ACME"))
        #expect(
            try message { _ = try ConfidentialityLabel(stanag4774: other, profile: nato) }
                == "expected the policy `NATO` (`urn:oid:1.3.26.1.3.1`), got `ACME`"
        )
        let nobody = try content(STANAG4774Material.label(policy: "COALITION"))
        #expect(
            try message { _ = try ConfidentialityLabel(stanag4774: nobody, profile: plain) }.contains("a label owner")
        )
    }

    @Test func `a policy is another one when its identifier is, whatever its name`() throws {
        let text = STANAG4774Material.label().replacing(
            "<PolicyIdentifier>",
            with: "<PolicyIdentifier URI=\"urn:oid:1.2\">"
        )
        #expect(
            try message { _ = try ConfidentialityLabel(stanag4774: content(text), profile: nato) }.contains(
                "urn:oid:1.2"
            )
        )
    }

    @Test func `a word that the profile has no category for is not exported`() throws {
        let label = try ConfidentialityLabel(
            policy: LabelPolicyName("NATO"),
            owner: LabelOwner("NATO"),
            classification: Classification("SECRET"),
            compartments: [Compartment("SI")]
        )
        let bare = STANAG4774Profile(policyIdentifier: "NATO", policy: label.policy, owner: label.owner, categories: [])
        #expect(
            try message { _ = try label.stanag4774Information(profile: bare) }
                == "expected words that the policy `NATO` has a category for, got `SI` (compartments)"
        )
        #expect(try message { _ = try label.stanag4774Information(profile: plain) }.contains("`COALITION`, got `NATO`"))
    }

    @Test func `a word that would come back as another one is not exported`() throws {
        let label = try ConfidentialityLabel(
            policy: nato.policy,
            owner: LabelOwner("NATO"),
            classification: Classification("TOP SECRET")
        )
        #expect(
            try message { _ = try label.stanag4774Information(profile: nato) }
                == "expected words that mean the same in XML, got `NATO TOP SECRET`, read as `NATO COSMIC TOP SECRET`"
        )
    }

    @Test func `a succession counts from its moment on`() throws {
        let label = try #require(try STANAG4774Material.read(STANAG4774Material.full).originator)
        let before = try label.content(at: Timestamp(rfc3339: "2036-09-26T11:59:59.999Z"))
        let after = try label.content(at: Timestamp(rfc3339: "2036-09-26T12:00:00.000Z"))
        #expect(before.information.classification == "TOP SECRET")
        #expect(after.information.classification == "SECRET")
    }

    @Test func `a set in a form that no file has is not written`() throws {
        for value in ["", "a\u{1}b"] {
            let information = STANAG4774Information(
                policyIdentifier: "NATO",
                classification: "SECRET",
                categories: [STANAG4774Category(tagName: "Only", kind: .permissive, values: [value])]
            )
            let label = STANAG4774Label(
                kind: .originator,
                content: STANAG4774Content(information: information, creationDateTime: nil)
            )
            let set = try STANAG4774LabelSet(labels: [label])
            #expect(throws: STANAG4774Error.self) { try set.xml() }
        }
    }
}
