import SecurityLabels
import Testing

@Suite struct STANAG4774RejectionTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let message: String

        var testDescription: String { name }

        init(_ name: String, _ text: String, _ message: String) {
            self.init(name, Array(text.utf8), message)
        }

        init(_ name: String, _ bytes: [UInt8], _ message: String) {
            self.name = name
            self.bytes = bytes
            self.message = message
        }
    }

    static let label = STANAG4774Material.label()
    static let laughs = """
        <!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>\(label)
        """

    static let markup: [Vector] = [
        Vector("nothing", "", "no element found"),
        Vector(
            "a doctype",
            "<!DOCTYPE label>" + label,
            "line 1, column 16: expected no document type declaration, got `<!DOCTYPE`"
        ),
        Vector("billion laughs", laughs, "expected no document type declaration, got `<!DOCTYPE`"),
        Vector(
            "an external entity",
            "<!DOCTYPE l [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" + label.replacing("SECRET", with: "&x;"),
            "expected no document type declaration"
        ),
        Vector("an undefined entity", label.replacing("SECRET", with: "&x;"), "undefined entity"),
        Vector("a processing instruction", "<?xml-stylesheet href='x'?>" + label, "got `<?xml-stylesheet`"),
        Vector("XML 1.1", "<?xml version=\"1.1\"?>" + label, "expected"),
        Vector(
            "a declared encoding",
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + label,
            "line 1, column 1: expected the encoding `UTF-8`, got `ISO-8859-1`"
        ),
        Vector("UTF-16", Array(label.utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, "expected text in UTF-8"),
        Vector("UTF-16 with a mark", [0xFE, 0xFF] + Array(label.utf8), "expected text in UTF-8"),
        Vector(
            "invalid UTF-8",
            Array(label.utf8.map { $0 == UInt8(ascii: "O") ? 0xC0 : $0 }),
            "expected well-formed XML"
        ),
        Vector("an encoded surrogate", Array("<a>".utf8) + [0xED, 0xA0, 0x80] + Array("</a>".utf8), "well-formed XML"),
        Vector("another document behind", label + label, "junk after document element"),
        Vector("text behind", label + "x", "junk after document element"),
        Vector(
            "an element that is not closed",
            label.replacing("</originatorConfidentialityLabel>", with: ""),
            "expected"
        ),
        Vector(
            "an attribute twice",
            label.replacing(" xmlns=", with: " Id=\"a\" Id=\"b\" xmlns="),
            "duplicate attribute"
        ),
        Vector("an unbound prefix", "<slab:x/>", "unbound prefix"),
        Vector("a character that XML has not", label.replacing("SECRET", with: "&#1;"), "invalid character number"),
        Vector(
            "a depth bomb",
            String(repeating: "<a>", count: 100_000 / 4),
            "expected at most 16 elements inside each other"
        ),
        Vector(
            "very many elements",
            "<a>" + String(repeating: "<b/>", count: 5000) + "</a>",
            "expected at most 4096 elements, got one more"
        ),
        Vector(
            "very many attributes",
            "<a " + (0..<17).map { "a\($0)=\"\"" }.joined(separator: " ") + "/>",
            "expected at most 16 attributes, got one more"
        ),
        Vector("a large document", label + String(repeating: " ", count: 256 << 10), "expected at most 262144 bytes"),
    ]

    static let structure: [Vector] = [
        Vector(
            "no namespace",
            "<originatorConfidentialityLabel/>",
            "got `originatorConfidentialityLabel` of no namespace"
        ),
        Vector("another namespace", label.replacing("label:1:0", with: "label:2:0"), "line 1, column 1: expected"),
        Vector(
            "capitals",
            label.replacing("<originator", with: "<Originator").replacing("</origi", with: "</Origi"),
            "expected"
        ),
        Vector(
            "another root",
            "<PolicyIdentifier xmlns=\"\(STANAG4774Material.namespace)\"/>",
            "got `PolicyIdentifier`"
        ),
        Vector(
            "no information",
            "<originatorConfidentialityLabel xmlns=\"\(STANAG4774Material.namespace)\"/>",
            "expected `ConfidentialityInformation` in `originatorConfidentialityLabel`, got the end of the element"
        ),
        Vector(
            "no policy",
            label.replacing("<PolicyIdentifier>NATO</PolicyIdentifier>", with: ""),
            "expected `PolicyIdentifier` in `ConfidentialityInformation`, got `Classification`"
        ),
        Vector("an empty policy", label.replacing("NATO", with: " "), "expected text in `PolicyIdentifier`, got none"),
        Vector(
            "no classification",
            label.replacing("<Classification>SECRET</Classification>", with: ""),
            "expected `Classification` in `ConfidentialityInformation`, got the end of the element"
        ),
        Vector(
            "two classifications",
            STANAG4774Material.label("<Classification>UNCLASSIFIED</Classification>"),
            "expected no other element in `ConfidentialityInformation`, got `Classification`"
        ),
        Vector(
            "two policies",
            label.replacing("<Classification>", with: "<PolicyIdentifier>X</PolicyIdentifier><Classification>"),
            "expected `Classification` in `ConfidentialityInformation`, got `PolicyIdentifier`"
        ),
        Vector(
            "an unknown type",
            STANAG4774Material.label(STANAG4774Material.category("Only", "permissive", "FRA")),
            "expected a `Type` of `RESTRICTIVE`, `PERMISSIVE` or `INFORMATIVE`, got `permissive`"
        ),
        Vector(
            "no tag name",
            STANAG4774Material.label("<Category Type=\"PERMISSIVE\"><GenericValue>A</GenericValue></Category>"),
            "expected an attribute `TagName` in `Category`, got none"
        ),
        Vector(
            "no value",
            STANAG4774Material.label(STANAG4774Material.category("Only", "PERMISSIVE")),
            "expected a `GenericValue` in `Category`, got the end of the element"
        ),
        Vector(
            "an empty value",
            STANAG4774Material.label(STANAG4774Material.category("Only", "PERMISSIVE", "")),
            "expected text in `GenericValue`, got none"
        ),
        Vector(
            "an integer value",
            STANAG4774Material.label(
                "<Category TagName=\"a\" Type=\"PERMISSIVE\"><IntegerValue>1</IntegerValue></Category>"
            ),
            "expected a `GenericValue` in `Category`, got `IntegerValue`"
        ),
        Vector(
            "a comment inside a word",
            label.replacing("SECRET", with: "SEC<!-- x -->RET"),
            "expected text without a comment inside it in `Classification`, got a comment"
        ),
        Vector(
            "an element inside a word",
            label.replacing("SECRET", with: "SEC<b/>RET"),
            "expected text only in `Classification`, got `b`"
        ),
        Vector("text between elements", label.replacing("<Classification>", with: "x<Classification>"), "got text"),
        Vector(
            "an unknown attribute",
            label.replacing("<Classification>", with: "<Classification Level=\"1\">"),
            "got `Level`"
        ),
        Vector(
            "a foreign attribute",
            label.replacing("<Classification>", with: "<Classification xmlns:x=\"urn:x\" x:y=\"1\">"),
            "got `y` of namespace `urn:x`"
        ),
        Vector(
            "a foreign element",
            STANAG4774Material.label("<x:Marking xmlns:x=\"urn:x\"/>"),
            "expected no extension (an unknown one could change what the label means)"
        ),
        Vector(
            "a bad review time",
            label.replacing(" xmlns=", with: " ReviewDateTime=\"soon\" xmlns="),
            "expected a time in `ReviewDateTime` such as `2026-09-26T12:00:00Z`, got `soon`"
        ),
        Vector(
            "an unknown kind of originator",
            edited("rfc822Name", "phone"),
            "line 18, column 3: expected an `IDType` of"
        ),
        Vector(
            "a successor without a time",
            edited("<slab:SuccessionDateTime>2036-09-26T12:00:00Z</slab:SuccessionDateTime>", ""),
            "expected `SuccessionDateTime`"
        ),
        Vector(
            "elements in another order",
            edited(
                "<slab:OriginatorID",
                "<slab:CreationDateTime>2026-09-26T12:00:00Z</slab:CreationDateTime><slab:OriginatorID"
            ),
            "got `OriginatorID`"
        ),
    ]

    static let bindings: [Vector] = [
        Vector(
            "a signed binding",
            bound(
                "<mb:MetadataBindingContainer>",
                "<s:Signature xmlns:s=\"http://www.w3.org/2000/09/xmldsig#\"/><mb:MetadataBindingContainer>"
            ),
            "got `Signature`"
        ),
        Vector(
            "nothing bound",
            bound("<mb:DataReference URI=\"report.pdf\" xmime:contentType=\"application/pdf\"/>", ""),
            "expected `DataReference`"
        ),
        Vector(
            "data in the binding",
            bound("<mb:DataReference URI=\"report.pdf\" xmime:contentType=\"application/pdf\"/>", "<mb:Data/>"),
            "got `Data`"
        ),
        Vector(
            "two originators",
            bound("alternativeConf", "originatorConf"),
            "expected at most one label of the originator"
        ),
        Vector("two of one policy", bound(">FRA<", ">GBR<"), "expected one label for each policy, got two under `GBR`"),
        Vector(
            "a binding of portions",
            bound("</mb:MetadataBinding>", "</mb:MetadataBinding><mb:MetadataBinding/>"),
            "labels of portions are not read"
        ),
        Vector(
            "other metadata",
            bound("slab:metadataConfidentialityLabel", "slab:other"),
            "expected a confidentiality label"
        ),
    ]

    static func edited(_ old: String, _ new: String) -> String { STANAG4774Material.full.replacing(old, with: new) }
    static func bound(_ old: String, _ new: String) -> String { STANAG4774Material.binding.replacing(old, with: new) }

    @Test(arguments: markup + structure + bindings)
    func `is refused with its place and what was expected`(vector: Vector) throws {
        let error = try #require(throws: STANAG4774Error.self) { try STANAG4774LabelSet.parse(xml: vector.bytes) }
        #expect("\(error)".contains(vector.message), "\(error)")
        #expect(error.line > 0 && error.column > 0)
    }

    @Test func `mutated documents are read or refused, and what is read is written and read again`() throws {
        var random = SplitMix64(state: 4774)
        let seeds = [STANAG4774Material.full, STANAG4774Material.binding, Self.label, Self.laughs].map {
            Array($0.utf8)
        }
        var accepted = 0
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&bytes, using: &random) }
            guard let set = try? STANAG4774LabelSet.parse(xml: bytes) else { continue }
            accepted += 1
            #expect(try STANAG4774LabelSet.parse(xml: set.xml()).labels == set.labels)
        }
        #expect(accepted > 100)
    }

    private static func mutate(_ bytes: inout [UInt8], using random: inout SplitMix64) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let other = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8(ascii: "<>&\"/! x;".unicodeScalars.randomElement(using: &random) ?? " "), at: place)
        case 3: bytes.insert(contentsOf: Array(bytes[min(place, other)..<max(place, other)].prefix(200)), at: place)
        default: bytes.removeSubrange(min(place, other)..<min(min(place, other) + 40, bytes.count))
        }
        if bytes.isEmpty { bytes = [UInt8(ascii: "<")] }
    }
}
