/// Why bytes are not a JSON value in the accepted form.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was found wrong.
    public enum Reason: Hashable, Sendable {
        case unexpected(expected: String, got: String)
        case duplicateKey(String)
        case tooDeep(limit: Int)
        case tooLarge(limit: Int, got: Int)
        case trailingBytes(Int)
        case invalidUTF8
        case integerOutOfRange(String)
        case notCanonical
    }

    public let reason: Reason
    /// The offset in bytes at which the reason was noticed.
    public let offset: Int

    public init(reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var description: String {
        let what =
            switch reason {
            case .unexpected(let expected, let got): "expected \(expected), got \(got)"
            case .duplicateKey(let key): "duplicate key `\(key)`"
            case .tooDeep(let limit): "nested deeper than \(limit) levels"
            case .tooLarge(let limit, let got): "larger than \(limit) bytes: got \(got)"
            case .trailingBytes(let count): "\(count) bytes behind the value"
            case .invalidUTF8: "not valid UTF-8"
            case .integerOutOfRange(let text): "expected an integer of 64 bits, got `\(text)`"
            case .notCanonical:
                "not in canonical form (sorted keys, no white space, shortest escapes): it must re-encode identically"
            }
        return "malformed JSON at byte \(offset): \(what)"
    }
}

extension JSONValue {
    /// Reads one value that fills `bytes`.
    ///
    /// Stricter than RFC 8259: duplicate keys, fractions, exponents, unpaired surrogates, invalid UTF-8 and anything
    /// behind the value are refused.
    public static func parse(_ bytes: [UInt8], maximumSize: Int = 1 << 20, maximumDepth: Int = 16) throws(JSONError)
        -> JSONValue
    {
        try read(bytes, maximumSize, maximumDepth).value
    }

    /// Reads a value and refuses every spelling but its canonical one.
    ///
    /// The parser notices each freedom that JSON leaves and the canonical form does not: white space, the order of keys,
    /// escapes. So nothing has to be encoded again to compare.
    public static func parseCanonical(_ bytes: [UInt8], maximumSize: Int = 1 << 20, maximumDepth: Int = 16)
        throws(JSONError) -> JSONValue
    {
        let (value, deviation) = try read(bytes, maximumSize, maximumDepth)
        if let deviation { throw JSONError(reason: .notCanonical, offset: deviation) }
        return value
    }

    /// - Returns: the value, and the offset of the first byte that the canonical spelling would not have there.
    private static func read(_ bytes: [UInt8], _ maximumSize: Int, _ maximumDepth: Int) throws(JSONError)
        -> (value: JSONValue, deviation: Int?)
    {
        guard bytes.count <= maximumSize else {
            throw JSONError(reason: .tooLarge(limit: maximumSize, got: bytes.count), offset: 0)
        }
        var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
        let value = try parser.value(depth: 0)
        parser.skipWhiteSpace()
        guard parser.position == bytes.count else {
            throw JSONError(reason: .trailingBytes(bytes.count - parser.position), offset: parser.position)
        }
        return (value, parser.deviation)
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    let maximumDepth: Int
    var position = 0
    /// Where the text first leaves its canonical spelling; nil as long as it keeps to it.
    private(set) var deviation: Int?

    init(bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func skipWhiteSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d:
                deviates(at: position)
                position += 1
            default: return
            }
        }
    }

    private mutating func deviates(at offset: Int) {
        deviation = min(deviation ?? offset, offset)
    }

    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < maximumDepth else { throw failure(.tooDeep(limit: maximumDepth)) }
        skipWhiteSpace()
        guard position < bytes.count else { throw unexpected("a value") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try integer()
        case UInt8(ascii: "t"): return try keyword("true", .bool(true))
        case UInt8(ascii: "f"): return try keyword("false", .bool(false))
        case UInt8(ascii: "n"): return try keyword("null", .null)
        default: throw unexpected("a value")
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        var members: [String: JSONValue] = [:]
        var previousKey: String?
        position += 1
        skipWhiteSpace()
        if consume(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipWhiteSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw unexpected("a key") }
            let keyPosition = position
            let key = try string()
            if let previousKey, !previousKey.utf8.lexicographicallyPrecedes(key.utf8) { deviates(at: keyPosition) }
            previousKey = key
            skipWhiteSpace()
            guard consume(UInt8(ascii: ":")) else { throw unexpected("`:`") }
            let member = try value(depth: depth + 1)
            guard members.updateValue(member, forKey: key) == nil else {
                throw JSONError(reason: .duplicateKey(key), offset: keyPosition)
            }
            skipWhiteSpace()
            if consume(UInt8(ascii: "}")) { return .object(members) }
            guard consume(UInt8(ascii: ",")) else { throw unexpected("`,` or `}`") }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        var elements: [JSONValue] = []
        position += 1
        skipWhiteSpace()
        if consume(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipWhiteSpace()
            if consume(UInt8(ascii: "]")) { return .array(elements) }
            guard consume(UInt8(ascii: ",")) else { throw unexpected("`,` or `]`") }
        }
    }

    private mutating func integer() throws(JSONError) -> JSONValue {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let firstDigit = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        let digits = bytes[firstDigit..<position]
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let first = digits.first else { throw unexpected("a digit") }
        guard first != UInt8(ascii: "0") || digits.count == 1, text != "-0" else {
            throw JSONError(
                reason: .unexpected(expected: "an integer without leading zeros", got: "`\(text)`"),
                offset: start
            )
        }
        if position < bytes.count, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[position]) {
            throw unexpected("an integer without fraction or exponent")
        }
        guard let value = Int64(text) else {
            throw JSONError(reason: .integerOutOfRange(text), offset: start)
        }
        return .integer(value)
    }

    private mutating func keyword(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let end = position + word.utf8.count
        guard end <= bytes.count, bytes[position..<end].elementsEqual(word.utf8) else { throw unexpected("`\(word)`") }
        position = end
        return value
    }

    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        // Filled by escapes alone: nearly every string has none, and is then taken from the text as it stands.
        var unescaped: [UInt8] = []
        var pendingFrom = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let rest = bytes[pendingFrom..<position]
                position += 1
                let text =
                    unescaped.isEmpty
                    ? String(validating: rest, as: UTF8.self) : String(validating: unescaped + rest, as: UTF8.self)
                guard let text else { throw JSONError(reason: .invalidUTF8, offset: start) }
                return text
            case UInt8(ascii: "\\"):
                unescaped.append(contentsOf: bytes[pendingFrom..<position])
                unescaped.append(contentsOf: try escape())
                pendingFrom = position
            case 0..<0x20:
                throw unexpected("no control character inside a string")
            default:
                position += 1
            }
        }
        throw unexpected("`\"` at the end of the string")
    }

    private mutating func escape() throws(JSONError) -> [UInt8] {
        let start = position
        position += 1
        guard position < bytes.count else { throw unexpected("an escape") }
        let letter = bytes[position]
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [letter]
        case UInt8(ascii: "/"):
            deviates(at: start)
            return [letter]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            let scalar = try escapedScalar()
            if !isCanonicalEscape(bytes[start..<position], of: scalar) { deviates(at: start) }
            return Array(String(Character(scalar)).utf8)
        default:
            position -= 1
            throw unexpected("an escape")
        }
    }

    /// By number only control characters are written, those without a letter of their own, in lower case.
    private func isCanonicalEscape(_ spelling: ArraySlice<UInt8>, of scalar: Unicode.Scalar) -> Bool {
        guard scalar.value < 0x20, ![0x08, 0x09, 0x0a, 0x0c, 0x0d].contains(scalar.value) else { return false }
        return spelling.elementsEqual("\\u00\(Hex.encode([UInt8(scalar.value)]))".utf8)
    }

    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let first = try codeUnit()
        var value = UInt32(first)
        if (0xd800...0xdbff).contains(first) {
            guard consume(UInt8(ascii: "\\")), consume(UInt8(ascii: "u")) else {
                throw unexpected("the second half of a surrogate pair")
            }
            let second = try codeUnit()
            guard (0xdc00...0xdfff).contains(second) else { throw failure(.invalidUTF8) }
            value = 0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw failure(.invalidUTF8) }
        return scalar
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw unexpected("four hexadecimal digits") }
        var value: UInt16 = 0
        for digit in bytes[position..<position + 4] {
            guard let number = Character(Unicode.Scalar(digit)).hexDigitValue else {
                throw unexpected("four hexadecimal digits")
            }
            value = value << 4 | UInt16(number)
        }
        position += 4
        return value
    }

    private mutating func consume(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private func failure(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason: reason, offset: position)
    }

    private func unexpected(_ expected: String) -> JSONError {
        guard position < bytes.count else { return failure(.unexpected(expected: expected, got: "the end")) }
        let byte = bytes[position]
        let got = (0x20..<0x7f).contains(byte) ? "`\(Character(Unicode.Scalar(byte)))`" : "byte 0x\(Hex.encode([byte]))"
        return failure(.unexpected(expected: expected, got: got))
    }
}
