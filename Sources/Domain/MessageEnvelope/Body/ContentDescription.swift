import CanonicalEncoding

/// What the payload is: shown to the recipient alone, for it travels inside the encryption.
///
/// A recipient's terminal and disk get to see these texts, and their author may be hostile: what could steer the one or
/// reach beside the intended folder on the other is refused, both when a message is sealed and when it is opened.
public struct ContentDescription: Hashable, Sendable {
    /// At most ``maximumSubjectLength`` Unicode scalars, without control characters; may be empty.
    public var subject: String
    /// The media type of the payload, such as `text/plain; charset=utf-8`: printable ASCII.
    public var mediaType: String
    /// The name to keep the payload under: no path, not hidden.
    public var fileName: String?

    public static let maximumSubjectLength = 256
    public static let maximumMediaTypeSize = 255
    public static let maximumFileNameSize = 255

    public init(subject: String, mediaType: String, fileName: String? = nil) {
        self.subject = subject
        self.mediaType = mediaType
        self.fileName = fileName
    }

    var json: JSONValue {
        var members: [String: JSONValue] = ["media-type": .string(mediaType), "subject": .string(subject)]
        if let fileName { members["file-name"] = .string(fileName) }
        return .object(members)
    }

    init(canonicalBytes bytes: [UInt8]) throws(EnvelopeError) {
        let value: JSONValue
        do {
            value = try JSONValue.parseCanonical(bytes, maximumDepth: 3)
        } catch {
            throw EnvelopeError(.malformedContent, error.description)
        }
        var fields = try JSONFields(value, of: "content description", code: .malformedContent)
        self.init(
            subject: try fields.string("subject"),
            mediaType: try fields.string("media-type"),
            fileName: try fields.optionalString("file-name")
        )
        try fields.finish()
        try check()
    }

    /// Refuses texts that a recipient would refuse.
    public func check() throws(EnvelopeError) {
        guard subject.unicodeScalars.count <= Self.maximumSubjectLength, Self.isHarmless(subject) else {
            throw EnvelopeError(
                .malformedContent,
                "expected a subject of at most \(Self.maximumSubjectLength) characters without control characters"
            )
        }
        guard Self.isMediaType(mediaType) else {
            throw EnvelopeError(.malformedContent, "expected a media type such as `text/plain; charset=utf-8`")
        }
        guard fileName.map(Self.isFileName) ?? true else {
            throw EnvelopeError(
                .malformedContent,
                "expected a file name of 1 to \(Self.maximumFileNameSize) bytes without `/`, `\\` and control characters "
                    + "that does not begin with a stop"
            )
        }
    }

    private static func isMediaType(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count <= maximumMediaTypeSize, bytes.allSatisfy({ (0x20...0x7E).contains($0) }),
            let slash = bytes.firstIndex(of: UInt8(ascii: "/"))
        else { return false }
        return slash > bytes.startIndex && bytes.index(after: slash) < bytes.endIndex
    }

    private static func isFileName(_ text: String) -> Bool {
        (1...maximumFileNameSize).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: ".")
            && !text.utf8.contains(UInt8(ascii: "/")) && !text.utf8.contains(UInt8(ascii: "\\")) && isHarmless(text)
    }

    /// Whether the text holds nothing that a terminal obeys: controls, line and paragraph separators, and the marks
    /// that reverse the direction of writing (which make `exe.txt` of `txt.exe`).
    private static func isHarmless(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: false
            default: !(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
            }
        }
    }
}
