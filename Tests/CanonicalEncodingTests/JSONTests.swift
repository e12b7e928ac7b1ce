import CanonicalEncoding
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        #"null"#, #"true"#, #"-9223372036854775808"#, #""""#, #"[]"#, #"{}"#, #"[1,[2,{"a":3}]]"#,
        #"{"a":"\"\\\b\t\n\f\r\u0000\u001f","b":"é𝄞/"}"#, #"{"":0,"A":1,"a":2,"aa":3}"#,
    ])
    func `canonical text re-encodes identically`(text: String) throws {
        let value = try JSONValue.parseCanonical(Array(text.utf8))
        #expect(value.canonicalText == text)
        #expect(try JSONValue.parse(Array(value.indentedText.utf8)) == value)
    }

    @Test(arguments: [
        #" 1"#, #"{"b":1,"a":2}"#, #"[1, 2]"#, #""\u0041""#, #""\/""#, #""\u000a""#, #""\u001F""#, #"{"a":1}"# + "\n",
    ])
    func `another spelling parses but is not canonical`(text: String) throws {
        _ = try JSONValue.parse(Array(text.utf8))
        let error = #expect(throws: JSONError.self) { try JSONValue.parseCanonical(Array(text.utf8)) }
        #expect(error?.reason == .notCanonical)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "-0", "1.5", "1e3", "+1", "nul", "\"\u{1}\"", "\"", "\"\\x\"",
        "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\u12g4\"", "[1 2]", "{\"a\" 1}", "1 2", "NaN",
        "9223372036854775808", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}",
    ])
    func `malformed text is refused`(text: String) {
        #expect(throws: JSONError.self) { try JSONValue.parse(Array(text.utf8)) }
    }

    @Test func `a duplicate key is named with its place`() {
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(Array(#"{"a":1,"b":2,"a":3}"#.utf8)) }
        #expect(error?.description == "malformed JSON at byte 13: duplicate key `a`")
    }

    @Test func `invalid UTF-8 inside a string is refused`() {
        let error = #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xff, 0x22]) }
        #expect(error?.reason == .invalidUTF8)
    }

    @Test func `depth and size are bounded`() {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: JSONError(reason: .tooDeep(limit: 16), offset: 16)) { try JSONValue.parse(deep) }
        #expect(throws: JSONError(reason: .tooLarge(limit: 4, got: 5), offset: 0)) {
            try JSONValue.parse(Array("12345".utf8), maximumSize: 4)
        }
    }

    @Test func `every truncation is refused`() {
        let bytes = Array(#"{"a":[1,"\u00e9",{"b":null}],"c":true}"#.utf8)
        for length in 0..<bytes.count {
            #expect(throws: JSONError.self) { try JSONValue.parse(Array(bytes[..<length])) }
        }
    }

    @Test(arguments: [
        (#" 1"#, 0), (#"{"b":1,"a":2}"#, 7), (#"[1, 2]"#, 3), (#"["a","\/"]"#, 6), (#"["\u001F",  1]"#, 2),
        ("{\"a\":1}\n", 7),
    ])
    func `the first byte that is not canonical is named`(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue.parseCanonical(Array(text.utf8)) }
        #expect(error == JSONError(reason: .notCanonical, offset: offset))
    }

    @Test func `a text is canonical exactly when it re-encodes identically`() throws {
        var random = SpellingGenerator()
        var canonical = 0
        for _ in 0..<20_000 {
            let text = random.text()
            let bytes = Array(text.utf8)
            let isCanonical = try JSONValue.parse(bytes).canonicalBytes == bytes
            if isCanonical {
                canonical += 1
                #expect(throws: Never.self, "\(text)") { try JSONValue.parseCanonical(bytes) }
            } else {
                #expect(throws: JSONError.self, "\(text)") { try JSONValue.parseCanonical(bytes) }
            }
        }
        #expect((2_000..<18_000).contains(canonical))
    }
}

/// Makes small JSON texts, about half of them in canonical spelling, from a fixed seed.
private struct SpellingGenerator {
    private var state: UInt64 = 0x5eed

    private mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    private mutating func space() -> String { below(24) == 0 ? [" ", "\n", "\t", "\r"][below(4)] : "" }

    private mutating func string() -> String {
        let pieces = [
            "a", "b", "A", "é", "𝄞", "/", "\u{7f}", #"\n"#, #"\""#, #"\\"#, #"\u0001"#, #"\u001f"#, #"\b"#,
        ]
        let others = [#"\/"#, #"\u001F"#, #"\u000a"#, #"\u0041"#, #"\u00e9"#, #"\ud834\udd1e"#, #"\u007f"#]
        var text = "\""
        for _ in 0..<below(4) { text += below(16) == 0 ? others[below(others.count)] : pieces[below(pieces.count)] }
        return text + "\""
    }

    private mutating func value(depth: Int) -> String {
        switch below(depth < 3 ? 6 : 4) {
        case 0: return ["null", "true", "false"][below(3)]
        case 1: return "\(below(2000) - 1000)"
        case 2, 3: return string()
        case 4:
            return "[" + (0..<below(4)).map { _ in space() + value(depth: depth + 1) }.joined(separator: ",") + space()
                + "]"
        default:
            var keys = Set((0..<below(4)).map { _ in ["", "a", "aa", "b", "B", "é", "z-"][below(7)] })
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            if below(8) == 0 { keys.reverse() }
            let members = keys.map { "\(space())\"\($0)\":\(space())" + value(depth: depth + 1) }
            return "{" + members.joined(separator: ",") + "}"
        }
    }

    mutating func text() -> String { space() + value(depth: 0) + space() }
}
