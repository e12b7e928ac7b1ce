import CanonicalEncoding
import SecurityLabels
import Testing

@testable import MessageEnvelope

/// Headers that differ from a good one in one thing, and why each is refused.
@Suite struct HeaderRejectionTests {
    private static let good = HeaderTests.full

    private func header(_ edit: (inout [String: JSONValue]) -> Void) throws -> MessageHeader {
        var members = try #require(JSONValue.parse(Array(Self.good.utf8)).objectValue)
        edit(&members)
        return try MessageHeader(canonicalBytes: JSONValue.object(members).canonicalBytes)
    }

    private static func edit(_ value: inout JSONValue?, _ edit: (inout [String: JSONValue]) -> Void) {
        var members = value?.objectValue ?? [:]
        edit(&members)
        value = .object(members)
    }

    @Test(
        arguments: [
            "body", "commitment", "date-time", "expires", "id", "label", "originator", "precedence", "realm",
            "recipients", "version",
        ]
    )
    func `a header lacks a field, or has it of another kind`(name: String) throws {
        expectRefusal(.malformedHeader) { try header { $0[name] = nil } }
        for value: JSONValue in [.null, .bool(true), .array([.array([])]), .object(["a": "b"])] {
            expectRefusal(.malformedHeader) { try header { $0[name] = value } }
        }
        let other: JSONValue = name == "version" ? "1" : 1
        expectRefusal(.malformedHeader) { try header { $0[name] = other } }
    }

    @Test(arguments: ["digest", "size"])
    func `the reference to the body lacks a field`(name: String) throws {
        expectRefusal(.malformedHeader) { try header { Self.edit(&$0["body"]) { $0[name] = nil } } }
        expectRefusal(.malformedHeader) { try header { Self.edit(&$0["body"]) { $0[name] = .null } } }
    }

    @Test(arguments: ["classification", "owner", "policy"])
    func `the label lacks a part that it must have`(name: String) throws {
        expectRefusal(.malformedHeader) { try header { Self.edit(&$0["label"]) { $0[name] = nil } } }
    }

    @Test func `fields that nobody knows are refused wherever they stand`() throws {
        expectRefusal(.malformedHeader) { try header { $0["priority"] = "FLASH" } }
        for name in ["body", "label", "references"] {
            expectRefusal(.malformedHeader) { try header { Self.edit(&$0[name]) { $0["note"] = "x" } } }
        }
    }

    @Test func `other versions are refused as such, whatever else they hold`() throws {
        for version: Int64 in [0, 2, -1, .max] {
            expectRefusal(.unknownVersion) { try header { $0["version"] = .integer(version) } }
        }
        expectRefusal(.unknownVersion) {
            try header {
                $0["version"] = 2
                $0["priority"] = "FLASH"
            }
        }
    }

    @Test(
        arguments: [
            "2026-11-22T14:30:00Z", "2026-11-22T14:30:00.12Z", "2026-11-22T14:30:00.1230Z",
            "2026-11-22T14:30:00.123z", "2026-11-22t14:30:00.123Z", "2026-11-22 14:30:00.123Z",
            "2026-11-22T14:30:00.123+00:00", "2026-11-22T15:30:00.123+01:00", "2026-02-30T14:30:00.123Z",
            "2026-11-22T24:00:00.000Z", "2026-11-22T14:30:60.000Z", "22143000ZNOV26", "", " 2026-11-22T14:30:00.123Z",
        ]
    )
    func `a time has one spelling`(text: String) throws {
        for name in ["date-time", "expires"] {
            expectRefusal(.malformedHeader) { try header { $0[name] = .string(text) } }
        }
    }

    @Test(
        arguments: [
            "01A203A9-21bb-7abc-8def-0123456789ab", "{01a203a9-f6bb-7abc-8def-0123456789ab}",
            "01a203a9f6bb7abc8def0123456789ab", "01a203a9-f6bb-4abc-8def-0123456789ab",
            "01a203a9-f6bb-7abc-cdef-0123456789ab", "01a203a9-f6bb-7abc-8def-0123456789a", "",
        ]
    )
    func `an id has one spelling and is of version 7`(text: String) throws {
        expectRefusal(.malformedHeader) { try header { $0["id"] = .string(text) } }
        expectRefusal(.malformedHeader) {
            try header { Self.edit(&$0["references"]) { $0["reply-to"] = .string(text) } }
        }
    }

    @Test func `the time in the id is the date-time of origin`() throws {
        expectRefusal(.invalidTime) { try header { $0["id"] = "01a203a9-f6bc-7abc-8def-0123456789ab" } }
        expectRefusal(.invalidTime) { try header { $0["id"] = "ffffffff-ffff-7abc-8def-0123456789ab" } }
        expectRefusal(.invalidTime) { try header { $0["date-time"] = "2026-11-22T14:30:00.124Z" } }
    }

    @Test func `recipients are sorted, each once, at least one, and mailboxes`() throws {
        let lists: [JSONValue] = [
            [], ["FRA/cni", "DEU/lage"], ["FRA/cni", "FRA/cni"], ["DEU/lage", "FRA/cni", "FRA/cni"], ["FRA"],
            ["FRA/cni/x"], ["fra/cni"], ["FRA/Cni"], ["FRA/cni "], ["spiffe://fra.example/mailbox/cni"],
            ["GBR-2/a", "GBR/a"],
        ]
        for list in lists {
            expectRefusal(.malformedHeader) { try header { $0["recipients"] = list } }
        }
    }

    @Test(arguments: ["caveats", "compartments", "releasable-to"])
    func `the lists of a label are sorted, each value once, none empty`(name: String) throws {
        for list: JSONValue in [["TK", "SI"], ["SI", "SI"], [], "SI", [1], ["si"], [""], ["SI", "SI TK/"]] {
            expectRefusal(.malformedHeader) { try header { Self.edit(&$0["label"]) { $0[name] = list } } }
        }
    }

    @Test func `the owners of a label are sorted, each once`() throws {
        let joint = try header { Self.edit(&$0["label"]) { $0["co-owners"] = ["JPN", "USA"] } }
        #expect(joint.label.owners.map(\.rawValue) == ["GBR", "JPN", "USA"])
        for list: JSONValue in [["USA", "JPN"], ["GBR"], ["FRA"], ["USA", "USA"], [], "USA", [1], ["usa"]] {
            expectRefusal(.malformedHeader) { try header { Self.edit(&$0["label"]) { $0["co-owners"] = list } } }
        }
    }

    @Test func `other values that are out of range`() throws {
        for realm in ["LIVE", "", "northern wall", "-a"] {
            expectRefusal(.malformedHeader) { try header { $0["realm"] = .string(realm) } }
        }
        for precedence in ["flash", "Z", "", "FLASH "] {
            expectRefusal(.malformedHeader) { try header { $0["precedence"] = .string(precedence) } }
        }
        for digest in ["", String(repeating: "B1", count: 32), String(repeating: "b", count: 63)] {
            expectRefusal(.malformedHeader) { try header { $0["commitment"] = .string(digest) } }
            expectRefusal(.malformedHeader) { try header { Self.edit(&$0["body"]) { $0["digest"] = .string(digest) } } }
        }
        for size: Int64 in [0, -1, .min] {
            expectRefusal(.malformedHeader) { try header { Self.edit(&$0["body"]) { $0["size"] = .integer(size) } } }
        }
        expectRefusal(.malformedHeader) { try header { $0["references"] = [:] } }
        expectRefusal(.malformedHeader) { try header { Self.edit(&$0["references"]) { $0["recalls"] = .null } } }
    }

    @Test func `only the canonical spelling counts`() throws {
        let spellings = [
            Self.good + "\n", " " + Self.good, Self.good + "{}", "\u{FEFF}" + Self.good,
            Self.good.replacing(#""size":1234"#, with: #""size": 1234"#),
            Self.good.replacing(#""size":1234"#, with: #""size":1234.0"#),
            Self.good.replacing(#""size":1234"#, with: #""size":1234e0"#),
            Self.good.replacing(#""size":1234"#, with: #""size":01234"#),
            Self.good.replacing(#""size":1234"#, with: #""size":12345678901234567890"#),
            Self.good.replacing(#""SITREP""#, with: #""\u0053ITREP""#),
            Self.good.replacing("GBR/j2", with: #"GBR\/j2"#),
            Self.good.replacing(
                #""realm":"live","recipients":["DEU/lage","FRA/cni"]"#,
                with: #""recipients":["DEU/lage","FRA/cni"],"realm":"live""#
            ),
            Self.good.replacing(#""version":1"#, with: #""version":1,"version":1"#),
            Self.good.replacing(#""realm":"live""#, with: #""realm":"exercise","realm":"live""#),
            Self.good.replacing(#""size":1234"#, with: #""size":1234,"size":1234"#),
            "", "[]", "null", "1",
        ]
        for text in spellings {
            #expect(text != Self.good)
            expectRefusal(.malformedHeader, "\(text)") { try HeaderTests.parse(text) }
        }
        let letter = UInt8(ascii: "S")
        expectRefusal(.malformedHeader) {
            try MessageHeader(canonicalBytes: Self.good.utf8.map { $0 == letter ? 0xC3 : $0 })
        }
    }

    @Test func `every truncation of a header is refused`() {
        let bytes = Array(Self.good.utf8)
        for count in bytes.indices {
            expectRefusal(.malformedHeader) { try MessageHeader(canonicalBytes: Array(bytes[..<count])) }
        }
    }

    @Test func `a header beyond 64 KiB and one that nests deeply are refused before they are read`() {
        let long = #"{"a":""# + String(repeating: "x", count: MessageHeader.maximumSize) + #""}"#
        expectRefusal(.malformedHeader) { try HeaderTests.parse(long) }
        let deep = String(repeating: "[", count: 60_000)
        expectRefusal(.malformedHeader) { try HeaderTests.parse(deep) }
    }
}
