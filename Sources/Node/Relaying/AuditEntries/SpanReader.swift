import OpenSSLCrypto

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Reads one flat JSON object in canonical form, member by member, without copying.
///
/// `unsafe` by its nature: the caller keeps the bytes in place. Every access is checked against their end.
struct SpanReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var isFirst = true

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Whether the closing brace comes next and nothing behind it.
    var isAtEnd: Bool { position + 1 == bytes.count && bytes[position] == UInt8(ascii: "}") }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// Takes the member's name and what stands around it, if the member comes next.
    @inline(__always)
    mutating func takeName(_ name: StaticString) -> Bool {
        let count = name.utf8CodeUnitCount
        let start = isFirst ? position : position + 1
        guard start + count + 3 <= bytes.count, let base = bytes.baseAddress,
            isFirst || bytes[position] == UInt8(ascii: ","), bytes[start] == UInt8(ascii: "\""),
            bytes[start + count + 1] == UInt8(ascii: "\""), bytes[start + count + 2] == UInt8(ascii: ":"),
            memcmp(base + start + 1, name.utf8Start, count) == 0
        else { return false }
        position = start + count + 3
        isFirst = false
        return true
    }

    /// A string of printable ASCII without escapes.
    mutating func text() -> UnsafeRawBufferPointer? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return UnsafeRawBufferPointer(rebasing: bytes[start..<position - 1])
            case UInt8(ascii: "\\"), 0..<0x20, 0x7f...0xff: return nil
            default: position += 1
            }
        }
        return nil
    }

    /// An array of at least one such string, with its brackets.
    mutating func texts() -> UnsafeRawBufferPointer? {
        let start = position
        guard take(UInt8(ascii: "[")) else { return nil }
        repeat {
            guard text() != nil else { return nil }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }

    /// An integer from 0, in its shortest spelling, that fits into 63 bits.
    mutating func integer() -> UInt64? {
        let start = position
        var value: UInt64 = 0
        while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 {
            value = value &* 10 &+ UInt64(digit)
            position += 1
        }
        let count = position - start
        // Nineteen digits may overflow 63 bits, and are left to the full reader.
        guard (1...18).contains(count), count == 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
        return value
    }

    /// A string of `count` lower-case hexadecimal digits.
    mutating func hexadecimal(count: Int) -> UnsafeRawBufferPointer? {
        guard position + count + 2 <= bytes.count, bytes[position] == UInt8(ascii: "\""),
            bytes[position + count + 1] == UInt8(ascii: "\"")
        else { return nil }
        let digits = UnsafeRawBufferPointer(rebasing: bytes[position + 1..<position + 1 + count])
        var seen: UInt8 = 0
        for digit in digits { seen |= HexDigits.value(digit) }
        guard seen < 16 else { return nil }
        position += count + 2
        return digits
    }

    mutating func digest() -> SHA256Digest? {
        guard let digits = hexadecimal(count: 64) else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { buffer in
            for place in 0..<32 {
                buffer[place] =
                    HexDigits.value(digits[2 * place]) << 4
                    | HexDigits.value(digits[2 * place + 1])
            }
            return SHA256Digest(UnsafeRawBufferPointer(buffer))
        }
    }

    /// A UUID of version 7 as two words, most significant first.
    mutating func messageID() -> (UInt64, UInt64)? {
        guard let text = text(), text.count == 36 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        var place = 0
        for (position, character) in text.enumerated() {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard character == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit = HexDigits.value(character)
            guard digit < 16 else { return nil }
            if place < 16 { words.0 = words.0 << 4 | UInt64(digit) } else { words.1 = words.1 << 4 | UInt64(digit) }
            place += 1
        }
        guard words.0 >> 12 & 0xf == 7, words.1 >> 62 == 0b10 else { return nil }
        return words
    }
}

/// Lower-case hexadecimal digits.
private enum HexDigits {
    /// The digit's value; above 15 for every other byte.
    @inline(__always)
    static func value(_ byte: UInt8) -> UInt8 {
        let number = byte &- UInt8(ascii: "0")
        let letter = byte &- UInt8(ascii: "a")
        return number < 10 ? number : letter < 6 ? letter + 10 : 0xff
    }
}
