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

    /// A string of 64 lower-case hexadecimal digits.
    mutating func hexadecimal() -> UnsafeRawBufferPointer? {
        let count = 64
        guard position + count + 2 <= bytes.count, bytes[position] == UInt8(ascii: "\""),
            bytes[position + count + 1] == UInt8(ascii: "\"")
        else { return nil }
        let digits = UnsafeRawBufferPointer(rebasing: bytes[position + 1..<position + 1 + count])
        for place in 0..<8 {
            guard HexDigits.areAll(digits.word(at: 8 * place)) else { return nil }
        }
        position += count + 2
        return digits
    }

    mutating func digest() -> SHA256Digest? {
        guard let digits = hexadecimal() else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { buffer in
            for place in 0..<8 {
                let value = HexDigits.value(digits.word(at: 8 * place))
                buffer.storeBytes(of: value.bigEndian, toByteOffset: 4 * place, as: UInt32.self)
            }
            return SHA256Digest(UnsafeRawBufferPointer(buffer))
        }
    }

    /// A UUID of version 7 as two words, most significant first.
    mutating func messageID() -> (UInt64, UInt64)? {
        guard let text = text(), text.count == 36 else { return nil }
        guard text[8] == UInt8(ascii: "-"), text[13] == UInt8(ascii: "-"), text[18] == UInt8(ascii: "-"),
            text[23] == UInt8(ascii: "-")
        else { return nil }
        func half(_ offset: Int) -> UInt64 {
            UInt64(text.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian)
        }
        func whole(_ offset: Int) -> UInt64 { text.word(at: offset) }
        // Eight digits each.
        let parts = (whole(0), half(9) | half(14) << 32, half(19) | half(24) << 32, whole(28))
        guard HexDigits.areAll(parts.0), HexDigits.areAll(parts.1), HexDigits.areAll(parts.2),
            HexDigits.areAll(parts.3)
        else { return nil }
        let words = (
            UInt64(HexDigits.value(parts.0)) << 32 | UInt64(HexDigits.value(parts.1)),
            UInt64(HexDigits.value(parts.2)) << 32 | UInt64(HexDigits.value(parts.3))
        )
        guard words.0 >> 12 & 0xf == 7, words.1 >> 62 == 0b10 else { return nil }
        return words
    }
}

/// Lower-case hexadecimal digits, eight at a time: the first one in the lowest byte of a word.
private enum HexDigits {
    private static let everyByte: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Whether each of the eight bytes is a digit.
    @inline(__always)
    static func areAll(_ word: UInt64) -> Bool {
        // The high bit of a byte of the sum says whether the byte is at least the bound; bytes are below 0x80, so that
        // none carries into the next.
        func isAtLeast(_ bound: UInt8) -> UInt64 { word &+ everyByte &* UInt64(0x80 - bound) }
        guard word & highBits == 0 else { return false }
        let numbers = isAtLeast(UInt8(ascii: "0")) & ~isAtLeast(UInt8(ascii: "9") + 1)
        let letters = isAtLeast(UInt8(ascii: "a")) & ~isAtLeast(UInt8(ascii: "f") + 1)
        return (numbers | letters) & highBits == highBits
    }

    /// The number that eight digits make, the first one the most significant.
    @inline(__always)
    static func value(_ word: UInt64) -> UInt32 {
        // Letters have bit 6, and their low four bits are nine less than their value.
        let nibbles = (word & (everyByte &* 0x0f)) &+ (word >> 6 & everyByte) &* 9
        let pairs = (nibbles << 4 | nibbles >> 8) & 0x00ff_00ff_00ff_00ff
        let quads = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff
        return UInt32(truncatingIfNeeded: quads | quads >> 16).byteSwapped
    }
}

extension UnsafeRawBufferPointer {
    /// The eight bytes from `offset` on, the first one in the lowest byte.
    fileprivate func word(at offset: Int) -> UInt64 {
        loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
    }
}
