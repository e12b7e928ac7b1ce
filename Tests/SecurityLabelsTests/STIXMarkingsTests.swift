import CanonicalEncoding
import Testing
import VectorSupport

@testable import SecurityLabels

@Suite struct STIXMarkingsTests {
    static func object(_ name: String, refs: [String] = [], more: String = "") -> String {
        let list = refs.isEmpty ? "" : ",\"object_marking_refs\":[\(refs.map { "\"\($0)\"" }.joined(separator: ","))]"
        return "{\"type\":\"\(name)\",\"id\":\"\(name)--9a8a0d25-7636-429b-a99e-b2a73cd0f11f\"\(list)\(more)}"
    }

    static func bundle(_ objects: String...) -> String {
        "{\"type\":\"bundle\",\"id\":\"bundle--d6e3c0b4-f916-4d15-a01f-e3761c5f48ac\",\"objects\":"
            + "[\(objects.joined(separator: ","))]}"
    }

    static func read(_ text: String) throws -> STIXMarkings { try STIXMarkings.parse(stix: Array(text.utf8)) }

    static let statement = "marking-definition--27557362-b745-4161-96e8-ccd62ce4cb26"

    @Test func `the order of restriction keeps the versions apart`() {
        #expect(
            TLPMarking.allCases.sorted().map(\.description) == [
                "TLP:WHITE (TLP 1)", "TLP:CLEAR (TLP 2)", "TLP:GREEN (TLP 1)", "TLP:GREEN (TLP 2)", "TLP:AMBER (TLP 2)",
                "TLP:AMBER (TLP 1)", "TLP:AMBER+STRICT (TLP 2)", "TLP:RED (TLP 1)", "TLP:RED (TLP 2)",
            ]
        )
        #expect(Set(TLPMarking.allCases.map(\.markingDefinitionID)).count == 9)
    }

    @Test(arguments: TLPMarking.allCases)
    func `a marking is found by its identifier, beside its own definition`(marking: TLPMarking) throws {
        let definition = String(decoding: marking.markingDefinition.canonicalBytes, as: UTF8.self)
        let markings = try Self.read(
            Self.bundle(definition, Self.object("malware", refs: [marking.markingDefinitionID]))
        )
        #expect(markings.mostRestrictive == marking)
        #expect(markings.objects.map(\.type) == ["malware"])
        #expect(markings.unmarked == [] && markings.otherMarkings == [])
    }

    @Test func `the most restrictive counts, of objects and of their parts`() throws {
        let part =
            "\"granular_markings\":[{\"marking_ref\":\"\(TLPMarking.red2.markingDefinitionID)\","
            + "\"selectors\":[\"name\"]},{\"lang\":\"fr\",\"selectors\":[\"name\"]}]"
        let markings = try Self.read(
            Self.bundle(
                Self.object("indicator", refs: [TLPMarking.amber2, .amber1].map(\.markingDefinitionID)),
                Self.object("tool", refs: [Self.statement], more: ",\(part)"),
                Self.object("identity", refs: [Self.statement]),
                Self.object("location", more: ",\"latitude\":-48.8566,\"longitude\":2.3522e0,\"precision\":1E+3")
            )
        )
        #expect(markings.objects.map(\.tlp) == [.amber1, .red2, nil, nil])
        #expect(markings.mostRestrictive == .red2)
        #expect(markings.unmarked.map { $0.prefix(8) } == ["identity", "location"])
        #expect(markings.otherMarkings == [Self.statement])
    }

    @Test func `a single object is read, and no marking is no marking`() throws {
        #expect(
            try Self.read(Self.object("tool", refs: [TLPMarking.green1.markingDefinitionID])).mostRestrictive == .green1
        )
        #expect(try Self.read(Self.object("tool")).mostRestrictive == nil)
    }

    @Test func `what cannot be relied on is refused`() throws {
        let problems = try VectorFolder("stix/reject").unexpectedRefusals { vector in
            _ = try STIXMarkings.parse(stix: vector.bytes)
        }
        #expect(problems == [])
    }

    @Test func `what can be relied on is read as it says`() throws {
        let problems = try VectorFolder("stix/accept").unexpectedAnswers { vector in
            try STIXMarkings.parse(stix: vector.bytes).objects.map { object in
                "\(object.id): \(object.tlp?.description ?? "unmarked") \(object.otherMarkings)"
            }.joined(separator: "\n")
        }
        #expect(problems == [])
    }

    @Test func `numbers go and everything else keeps its place`() {
        let text = #"{"a-1":[-1.5e3,0,12,"3.4 \" 5"],"b":01}"#
        #expect(
            String(decoding: JSONNumbers.blanked(Array(text.utf8)), as: UTF8.self)
                == #"{"a-1":[0     ,0,0 ,"3.4 \" 5"],"b":01}"#
        )
    }

    @Test func `mutated bundles are read or refused`() {
        var random = SplitMix64(state: 21)
        let seed = Array(
            Self.bundle(Self.object("tool", refs: [TLPMarking.red1.markingDefinitionID], more: ",\"x\":1.5")).utf8
        )
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = seed
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes.removeSubrange(place..<min(place + 3, bytes.count))
            default: bytes.insert(contentsOf: bytes[place...].prefix(9), at: place)
            }
            if let markings = try? STIXMarkings.parse(stix: bytes), markings.mostRestrictive == .red1 { accepted += 1 }
        }
        #expect(accepted > 1000)
    }
}
