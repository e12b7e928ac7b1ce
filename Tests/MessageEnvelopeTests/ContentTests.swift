import OpenSSLCrypto
import Testing

@testable import MessageEnvelope

@Suite struct ContentTests {
    private static let binding = SHA256Digest.hash([1])
    private static let salt = [UInt8](repeating: 0x0A, count: 32)

    private static func content(_ description: String, _ payload: [UInt8] = []) -> [UInt8] {
        binding.bytes + salt + Array(description.utf8) + [0x0A] + payload
    }

    @Test func `the bytes are binding, salt, one line of JSON and the payload`() throws {
        // Line feeds in salt and payload end nothing.
        let payload = Array("\n\nline\n".utf8)
        let content = MessageContent(
            binding: Self.binding,
            salt: Self.salt,
            description: ContentDescription(
                subject: "A\u{2019}s \"port\"",
                mediaType: "text/plain",
                fileName: "a b.txt"
            ),
            payload: payload
        )
        let line = #"{"file-name":"a b.txt","media-type":"text/plain","subject":"A’s \"port\""}"#
        #expect(content.bytes == Self.content(line, payload))
        #expect(try MessageContent(bytes: content.bytes) == content)
    }

    @Test func `every truncation before the line feed is refused`() {
        let bytes = Self.content(#"{"media-type":"text/plain","subject":"x"}"#)
        for count in 0..<bytes.count - 1 {
            expectRefusal(.malformedContent) { try MessageContent(bytes: Array(bytes[..<count])) }
        }
        expectRefusal(.malformedContent) { try MessageContent(bytes: Array(bytes.dropLast())) }
        #expect(throws: Never.self) { try MessageContent(bytes: bytes) }
    }

    @Test(
        arguments: [
            "", "{}", "[]", #"{"media-type":"text/plain"}"#, #"{"subject":"x"}"#,
            #"{"media-type":"text/plain","subject":1}"#, #"{"media-type":null,"subject":"x"}"#,
            #"{"media-type":"text/plain","subject":"x","to":"y"}"#,
            #"{"subject":"x","media-type":"text/plain"}"#, #"{"media-type":"text/plain", "subject":"x"}"#,
            #"{"media-type":"text/plain","subject":"x","subject":"x"}"#,
            #"{"file-name":null,"media-type":"text/plain","subject":"x"}"#,
            #"{"media-type":"text/plain","subject":"x"} "#,
        ]
    )
    func `a description of another form is refused`(description: String) {
        expectRefusal(.malformedContent) { try MessageContent(bytes: Self.content(description)) }
    }

    @Test func `a description of 4096 bytes without an end is refused without reading on`() {
        let bytes = Self.binding.bytes + Self.salt + [UInt8](repeating: 0x20, count: 1 << 20)
        expectRefusal(.malformedContent) { try MessageContent(bytes: bytes) }
    }

    @Test(
        arguments: [
            "a\u{1B}[2J", "a\nb", "a\0", "\u{7F}", "\u{9B}31m", "a\u{2028}b", "txt.\u{202E}exe", "\u{2066}a",
            String(repeating: "x", count: 257),
        ]
    )
    func `a subject that steers a terminal, or is too long, is refused`(subject: String) {
        expectRefusal(.malformedContent) {
            try ContentDescription(subject: subject, mediaType: "text/plain").check()
        }
    }

    @Test(
        arguments: [
            "", ".", "..", ".profile", "/etc/passwd", "a/b", "..\\a", "a\0b", "a\nb", "txt.\u{202E}exe",
            String(repeating: "x", count: 256), String(repeating: "é", count: 128),
        ]
    )
    func `a file name that is a path, hidden, or more than a name is refused`(name: String) {
        expectRefusal(.malformedContent) {
            try ContentDescription(subject: "", mediaType: "text/plain", fileName: name).check()
        }
    }

    @Test(arguments: ["", "text", "/plain", "text/", "text/plain\n", "text/pläin", String(repeating: "a/", count: 128)])
    func `a media type that is none is refused`(mediaType: String) {
        expectRefusal(.malformedContent) { try ContentDescription(subject: "", mediaType: mediaType).check() }
    }

    @Test func `ordinary descriptions in any script pass, and the longest ones come back`() throws {
        let quotes = String(repeating: "\"", count: 255)
        let ordinary = [
            ContentDescription(subject: "", mediaType: "application/stix+json;version=2.1"),
            ContentDescription(subject: "Lage Ärmelkanal – 海上交通 – سفينة", mediaType: "image/png", fileName: "図.png"),
            ContentDescription(
                subject: String(repeating: "\u{1F6A2}", count: 256),
                mediaType: "a/" + String(repeating: "\\", count: 253),
                fileName: quotes
            ),
        ]
        for description in ordinary {
            try description.check()
            let content = MessageContent(binding: Self.binding, salt: Self.salt, description: description, payload: [])
            #expect(try MessageContent(bytes: content.bytes).description == description)
        }
    }
}
