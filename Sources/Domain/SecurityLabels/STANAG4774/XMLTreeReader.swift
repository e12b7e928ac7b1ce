import CExpat

/// Reads the bytes of one XML document into a tree, piece by piece, and stops at the first thing that it refuses.
///
/// It is XML 1.0 with namespaces in UTF-8, and less: document type declarations, and with them entities, and processing
/// instructions are refused, not skipped; so is everything beyond the limits. Nothing outside the document is ever read.
final class XMLTreeReader {
    // Not a character of XML, so it stands in no namespace and in no name.
    private static let separator: UInt8 = 0x01

    private let limits: XMLLimits
    private let parser: XML_Parser
    private var open: [XMLElement] = []
    private var openText: [[UInt8]] = []
    private var root: XMLElement?
    private var failure: STANAG4774Error?
    private var byteCount = 0
    private var elementCount = 0

    init(limits: XMLLimits = XMLLimits()) throws(STANAG4774Error) {
        guard let parser = XML_ParserCreateNS("UTF-8", XML_Char(bitPattern: Self.separator)) else {
            throw STANAG4774Error(expected: "memory for reading XML", got: "none")
        }
        self.limits = limits
        self.parser = parser
        install()
    }

    deinit { XML_ParserFree(parser) }

    /// Takes the next bytes of the document.
    /// - Throws: `STANAG4774Error` with the first thing that is refused; the reader is of no use afterwards.
    func feed(_ bytes: some Collection<UInt8>) throws(STANAG4774Error) {
        if let failure { throw failure }
        byteCount += bytes.count
        guard byteCount <= limits.bytes else {
            throw fail("at most \(limits.bytes) bytes", "a larger document")
        }
        // No byte of UTF-8 text; expat would take them for the beginning of UTF-16, whatever encoding it was told.
        guard !bytes.contains(where: { $0 == 0x00 || $0 == 0xFE || $0 == 0xFF }) else {
            throw fail("text in UTF-8", "bytes of another encoding")
        }
        try parse(Array(bytes), isFinal: false)
    }

    /// Ends the document.
    /// - Throws: `STANAG4774Error` when the document is not whole.
    func finish() throws(STANAG4774Error) -> XMLElement {
        if let failure { throw failure }
        try parse([], isFinal: true)
        guard let root else { throw fail("an element", "the end of the document") }
        return root
    }

    /// Reads a whole document.
    static func read(_ bytes: [UInt8], limits: XMLLimits = XMLLimits()) throws(STANAG4774Error) -> XMLElement {
        let reader = try XMLTreeReader(limits: limits)
        try reader.feed(bytes)
        return try reader.finish()
    }

    private func parse(_ bytes: [UInt8], isFinal: Bool) throws(STANAG4774Error) {
        let status = bytes.withUnsafeBytes { buffer in
            // The limit on bytes is far below what an Int32 counts.
            XML_Parse(parser, buffer.bindMemory(to: CChar.self).baseAddress, Int32(buffer.count), isFinal ? 1 : 0)
        }
        if let failure { throw failure }
        guard status == XML_STATUS_OK else {
            let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "malformed"
            throw fail("well-formed XML", reason)
        }
    }

    private var position: XMLPosition {
        XMLPosition(
            line: Int(clamping: XML_GetCurrentLineNumber(parser)),
            column: Int(clamping: XML_GetCurrentColumnNumber(parser)) + 1
        )
    }

    @discardableResult
    private func fail(_ expected: String, _ got: String) -> STANAG4774Error {
        let error = failure ?? STANAG4774Error(at: position, expected: expected, got: got)
        failure = error
        return error
    }

    /// Keeps the reason and has expat return from the call in progress.
    private func refuse(_ expected: String, _ got: String) {
        guard failure == nil else { return }
        fail(expected, got)
        _ = XML_StopParser(parser, shim_XML_FALSE())
    }
}

// MARK: - What expat calls

extension XMLTreeReader {
    private static func reader(_ pointer: UnsafeMutableRawPointer?) -> XMLTreeReader? {
        pointer.map { Unmanaged<XMLTreeReader>.fromOpaque($0).takeUnretainedValue() }
    }

    private func install() {
        // Unretained: the reader owns the parser and is alive during every call to it.
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(
            parser,
            { XMLTreeReader.reader($0)?.didStart($1, $2) },
            { pointer, _ in XMLTreeReader.reader(pointer)?.didEnd() }
        )
        XML_SetCharacterDataHandler(parser) { XMLTreeReader.reader($0)?.didRead($1, Int($2)) }
        XML_SetCommentHandler(parser) { pointer, _ in XMLTreeReader.reader(pointer)?.didSkipComment() }
        XML_SetXmlDeclHandler(parser) { pointer, version, encoding, _ in
            XMLTreeReader.reader(pointer)?.didDeclare(version: version, encoding: encoding)
        }
        XML_SetStartDoctypeDeclHandler(parser) { pointer, _, _, _, _ in
            XMLTreeReader.reader(pointer)?.refuse("no document type declaration", "`<!DOCTYPE`")
        }
        XML_SetProcessingInstructionHandler(parser) { pointer, target, _ in
            XMLTreeReader.reader(pointer)?.refuse(
                "no processing instruction",
                "`<?\(target.map { String(cString: $0) } ?? "")`"
            )
        }
        XML_SetSkippedEntityHandler(parser) { pointer, name, _ in
            XMLTreeReader.reader(pointer)?.refuse("no entity", "`&\(name.map { String(cString: $0) } ?? "");`")
        }
    }

    private func didDeclare(version: UnsafePointer<XML_Char>?, encoding: UnsafePointer<XML_Char>?) {
        if let version, String(cString: version) != "1.0" {
            refuse("XML of version 1.0", "version `\(String(cString: version))`")
        }
        if let encoding, String(cString: encoding).uppercased() != "UTF-8" {
            refuse("the encoding `UTF-8`", "`\(String(cString: encoding))`")
        }
    }

    private func didStart(
        _ name: UnsafePointer<XML_Char>?,
        _ attributes: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
    ) {
        guard failure == nil, let name else { return }
        elementCount += 1
        guard open.count < limits.depth else {
            return refuse("at most \(limits.depth) elements inside each other", "a deeper one")
        }
        guard elementCount <= limits.elements else {
            return refuse("at most \(limits.elements) elements", "one more")
        }
        var read: [(name: XMLName, value: String)] = []
        var next = attributes
        while let pointer = next, let attribute = pointer[0], let value = pointer[1] {
            guard read.count < limits.attributes else {
                return refuse("at most \(limits.attributes) attributes", "one more")
            }
            read.append((Self.split(attribute), String(cString: value)))
            next = pointer + 2
        }
        open.append(XMLElement(name: Self.split(name), attributes: read, position: position))
        openText.append([])
    }

    private func didEnd() {
        guard failure == nil, var element = open.popLast(), let text = openText.popLast() else { return }
        guard let text = String(validating: text, as: UTF8.self) else {
            return refuse("text in UTF-8", "bytes of another encoding")
        }
        element.text = text
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }

    private func didRead(_ text: UnsafePointer<XML_Char>?, _ count: Int) {
        guard failure == nil, let text, !openText.isEmpty else { return }
        text.withMemoryRebound(to: UInt8.self, capacity: count) {
            openText[openText.count - 1].append(contentsOf: UnsafeBufferPointer(start: $0, count: count))
        }
    }

    private func didSkipComment() {
        guard failure == nil, !open.isEmpty else { return }
        open[open.count - 1].holdsComment = true
    }

    private static func split(_ name: UnsafePointer<XML_Char>) -> XMLName {
        let text = String(cString: name)
        guard let end = text.utf8.firstIndex(of: separator) else { return XMLName(namespace: nil, local: text) }
        return XMLName(namespace: String(text[..<end]), local: String(text[text.utf8.index(after: end)...]))
    }
}
