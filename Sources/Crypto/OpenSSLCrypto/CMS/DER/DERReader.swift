/// A cursor over DER that accepts the one encoding of a value and nothing else (X.690 8 and 10).
///
/// It shares the array it reads, so walking past 16 MiB of ciphertext copies nothing. Indefinite lengths, lengths
/// that are longer than needed, constructed strings and tags above 30 are refused.
struct DERReader: Sendable {
    private let bytes: [UInt8]
    private let end: Int
    private(set) var position: Int

    /// Reads the whole of `bytes`.
    init(_ bytes: [UInt8]) {
        self.init(bytes, in: bytes.indices)
    }

    /// Reads the part `range` of `bytes`; offsets in errors count from the beginning of `bytes`.
    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// Whether everything has been read.
    var isAtEnd: Bool { position == end }

    /// The tag of the next element, nil at the end.
    var nextTag: DERTag? { position < end ? DERTag(octet: bytes[position]) : nil }

    /// Reads the next element, whatever its tag.
    mutating func readElement() throws(CMSFormError) -> DERElement {
        let start = position
        let tag = try nextOctet()
        guard tag & 0x1F != 0x1F else {
            throw .unexpectedElement(expected: "a tag below 31", got: "a longer one", at: start)
        }
        let length = try readLength()
        guard length <= end - position else { throw .truncated(at: start, missing: length - (end - position)) }
        let contents = position..<(position + length)
        position = contents.upperBound
        return DERElement(tag: DERTag(octet: tag), range: start..<contents.upperBound, contents: contents)
    }

    /// Reads the next element, which must carry `tag`.
    mutating func read(_ tag: DERTag) throws(CMSFormError) -> DERElement {
        guard let next = nextTag else { throw .truncated(at: position, missing: 2) }
        guard next == tag else { throw .unexpectedElement(expected: "\(tag)", got: "\(next)", at: position) }
        return try readElement()
    }

    /// Reads the next element if it carries `tag`.
    mutating func readIfPresent(_ tag: DERTag) throws(CMSFormError) -> DERElement? {
        nextTag == tag ? try readElement() : nil
    }

    /// Reads a constructed element that carries `tag` and returns a reader of what is in it.
    mutating func enter(_ tag: DERTag) throws(CMSFormError) -> DERReader {
        DERReader(bytes, in: try read(tag).contents)
    }

    /// A reader of what is in `element`, which this reader or one made from it has returned.
    func enter(_ element: DERElement) -> DERReader {
        DERReader(bytes, in: element.contents)
    }

    /// Reads an OBJECT IDENTIFIER.
    mutating func readObjectIdentifier() throws(CMSFormError) -> ObjectIdentifier {
        let element = try read(.objectIdentifier)
        guard let identifier = ObjectIdentifier(contents: bytes[element.contents]) else {
            throw .invalidValue(of: "OBJECT IDENTIFIER", at: element.range.lowerBound)
        }
        return identifier
    }

    /// Reads an INTEGER from 0 to 2^31 - 1.
    mutating func readSmallInteger() throws(CMSFormError) -> Int {
        let element = try read(.integer)
        let octets = try magnitude(of: element)
        guard octets.count <= 4, octets.count < 4 || bytes[octets.lowerBound] < 0x80 else {
            throw .invalidValue(of: "INTEGER", at: element.range.lowerBound)
        }
        return bytes[octets].reduce(0) { $0 << 8 | Int($1) }
    }

    /// Reads an INTEGER that is not negative and returns its octets without leading zeros, none for zero.
    mutating func readUnsignedInteger() throws(CMSFormError) -> [UInt8] {
        Array(bytes[try magnitude(of: try read(.integer))])
    }

    /// Refuses what is left over.
    func finish() throws(CMSFormError) {
        guard isAtEnd else { throw .trailingBytes(at: position, count: end - position) }
    }

    private func magnitude(of element: DERElement) throws(CMSFormError) -> Range<Int> {
        let octets = element.contents
        guard let first = octets.first, bytes[first] < 0x80 else {
            throw .invalidValue(of: "INTEGER", at: element.range.lowerBound)
        }
        guard bytes[first] == 0 else { return octets }
        guard octets.count == 1 || bytes[first + 1] >= 0x80 else {
            throw .invalidValue(of: "INTEGER", at: element.range.lowerBound)
        }
        return (first + 1)..<octets.upperBound
    }

    private mutating func readLength() throws(CMSFormError) -> Int {
        let start = position
        let first = try nextOctet()
        guard first >= 0x80 else { return Int(first) }
        guard first != 0x80 else { throw .indefiniteLength(at: start) }
        let count = Int(first & 0x7F)
        guard count <= 4 else { throw .nonMinimalLength(at: start) }
        var length = 0
        for index in 0..<count {
            let octet = try nextOctet()
            guard index > 0 || octet != 0 else { throw .nonMinimalLength(at: start) }
            length = length << 8 | Int(octet)
        }
        guard length >= 0x80 else { throw .nonMinimalLength(at: start) }
        return length
    }

    private mutating func nextOctet() throws(CMSFormError) -> UInt8 {
        guard position < end else { throw .truncated(at: position, missing: 1) }
        defer { position += 1 }
        return bytes[position]
    }
}

/// One element that a `DERReader` has passed, as ranges of the bytes that it reads.
struct DERElement: Hashable, Sendable {
    let tag: DERTag
    /// The whole element, its identifier and length included.
    let range: Range<Int>
    let contents: Range<Int>
}
