import CanonicalEncoding
import Testing

@testable import SecurityLabels

@Suite struct STANAG4774ReadingTests {
    @Test func `everything that a label holds is read`() throws {
        let set = try STANAG4774Material.read(STANAG4774Material.full)
        let label = try #require(set.originator)
        #expect(set.labels == [label])
        #expect(set.deviations == [])
        #expect(label.id == "l1")
        #expect(label.reviewDateTime?.text == "2031-09-26T00:00:00Z")
        let information = label.content.information
        #expect(information.policyIdentifier == "COALITION")
        #expect(information.policyURI == "urn:oid:2.25.1")
        #expect(information.classification == "TOP SECRET")
        #expect(information.privacyMark == "R&D <only>")
        #expect(information.categories.map(\.tagName) == ["Owner", "Compartments", "Releasable To"])
        #expect(information.categories.map(\.kind) == [.informative, .restrictive, .permissive])
        #expect(information.categories[1].values == ["SI", "TK"])
        #expect(information.categories[1].uri == "urn:oid:2.25.1.1")
        #expect(label.content.originatorID == STANAG4774OriginatorID(kind: .rfc822Name, name: "desk@gbr.example"))
        #expect(label.content.creationDateTime?.text == "2026-09-26T12:00:00Z")
        #expect(label.succession?.successor.information.classification == "SECRET")
    }

    @Test func `a binding gives the originator's label and what stands beside it`() throws {
        let set = try STANAG4774Material.read(STANAG4774Material.binding)
        #expect(set.originator?.content.information.policyIdentifier == "GBR")
        #expect(set.alternatives.map(\.content.information.policyIdentifier) == ["FRA"])
        #expect(set.metadata?.content.information.classification == "OFFICIAL")
        #expect(set.dataReferences == [STANAG4774DataReference(uri: "report.pdf", contentType: "application/pdf")])
    }

    @Test(arguments: [STANAG4774Material.full, STANAG4774Material.binding])
    func `what is read is written with the same bytes`(text: String) throws {
        let set = try STANAG4774Material.read(text)
        #expect(String(decoding: try set.xml(), as: UTF8.self) == text)
    }

    @Test(arguments: [STANAG4774Material.full, STANAG4774Material.binding, STANAG4774Material.label()], [1, 2, 7])
    func `a document that comes in drops is the same document`(text: String, step: Int) throws {
        let bytes = Array(text.utf8)
        let reader = try XMLTreeReader()
        for start in stride(from: 0, to: bytes.count, by: step) {
            try reader.feed(bytes[start..<min(start + step, bytes.count)])
        }
        let set = try STANAG4774LabelSet.read(reader.finish())
        #expect(set == (try STANAG4774Material.read(text)))
    }

    @Test func `every document that is cut off is refused`() throws {
        let bytes = Array(STANAG4774Material.binding.utf8)
        let last = try #require(bytes.lastIndex(of: UInt8(ascii: ">")))
        for count in 0...last {
            #expect(throws: STANAG4774Error.self) { try STANAG4774LabelSet.parse(xml: Array(bytes[..<count])) }
        }
    }

    @Test func `common departures from the standard are read and told`() throws {
        let text = STANAG4774Material.label()
        #expect(try STANAG4774Material.read(text).deviations == [.noCreationDateTime, .noReviewDateTime])
        let url = text.replacing("<PolicyIdentifier>", with: "<PolicyIdentifier URL=\"urn:oid:1.3.26.1.3.1\">")
            .replacing("<Classification>", with: "<Classification URI=\"urn:x\">")
        let set = try STANAG4774Material.read(url)
        #expect(set.deviations == STANAG4774Deviation.allCases)
        #expect(set.originator?.content.information.policyURI == "urn:oid:1.3.26.1.3.1")
        #expect(set.originator?.content.information.classificationURI == "urn:x")
    }

    @Test func `tokens are collapsed and values are not`() throws {
        let text = STANAG4774Material.label(
            policy: "\n THE  COALITION\t",
            classification: " TOP\n  SECRET ",
            STANAG4774Material.category("Releasable To", "PERMISSIVE", " FRA")
        )
        let information = try #require(try STANAG4774Material.read(text).originator?.content.information)
        #expect(information.policyIdentifier == "THE COALITION")
        #expect(information.classification == "TOP SECRET")
        #expect(information.categories[0].values == [" FRA"])
    }

    @Test(arguments: [
        "\u{FEFF}" + STANAG4774Material.label(),
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>" + STANAG4774Material.label(),
        "<!-- a comment -->" + STANAG4774Material.label() + "<!-- another -->\n",
        STANAG4774Material.label().replacing("<Classification>", with: "<!-- between --><Classification>"),
        STANAG4774Material.label().replacing("SECRET", with: "<![CDATA[SECRET]]>"),
        STANAG4774Material.label().replacing("SECRET", with: "&#x53;ECRET"),
        STANAG4774Material.label().replacing(
            "<ConfidentialityInformation>",
            with: "<ConfidentialityInformation xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                + "xsi:schemaLocation=\"urn:a a.xsd\">"
        ),
        STANAG4774Material.label().replacing("originatorConfidentialityLabel", with: "ConfidentialityLabel"),
    ])
    func `other spellings of a label are read as it`(text: String) throws {
        let set = try STANAG4774Material.read(text)
        #expect(
            set.originator?.content == (try STANAG4774Material.read(STANAG4774Material.label()).originator?.content)
        )
    }

    @Test(arguments: [
        ("2026-09-26T12:00:00Z", "2026-09-26T12:00:00.000Z"),
        ("2026-09-26T12:00:00.5Z", "2026-09-26T12:00:00.500Z"),
        ("2026-09-26T12:00:00.123456Z", "2026-09-26T12:00:00.123Z"),
        ("2026-09-26T12:00:00+02:00", "2026-09-26T10:00:00.000Z"),
        ("2026-01-01T00:30:00+14:00", "2025-12-31T10:30:00.000Z"),
        ("2026-12-31T23:30:00-01:30", "2027-01-01T01:00:00.000Z"),
        ("2026-09-26T12:00:00", nil),
    ])
    func `a time keeps its text and is a moment`(text: String, expected: String?) throws {
        let time = try #require(STANAG4774DateTime(text))
        #expect(time.text == text)
        #expect(time.timestamp?.rfc3339 == expected)
    }

    @Test(arguments: [
        "", "2026-09-26", "2026-02-30T12:00:00Z", "2026-13-01T12:00:00Z", "0000-01-01T00:00:00Z",
        "2026-09-26T24:00:00Z", "2026-09-26T12:60:00Z", "2026-09-26T12:00:60Z", "2026-09-26T12:00Z",
        "2026-09-26T12:00:00.Z", "2026-09-26T12:00:00.1234567890123Z", "2026-09-26T12:00:00z", "12026-09-26T12:00:00Z",
        "2026-09-26T12:00:00+14:01", "2026-09-26T12:00:00+2:00", "2026-09-26 12:00:00Z", "2026-09-26T12:00:00ZZ",
        "-026-09-26T12:00:00Z", "2026-09-26T12:00:00+02:0é",
    ])
    func `what is not a time is refused`(text: String) {
        #expect(STANAG4774DateTime(text) == nil)
    }
}
