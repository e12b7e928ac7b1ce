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
}
