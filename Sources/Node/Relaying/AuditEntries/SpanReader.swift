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
    private var next: UnsafeRawPointer
    private let end: UnsafeRawPointer

    /// Nil when there is nothing to read.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return nil }
        next = start
        end = start + bytes.count
    }

    var isAtEnd: Bool { next == end }

    /// Takes these bytes, if they come next.
    @inline(__always)
    mutating func take(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard has(count), memcmp(next, literal.utf8Start, count) == 0 else { return false }
        next += count
        return true
    }

    /// The rest of a string of printable ASCII without escapes, behind its first quotation mark.
    @inline(__always)
    mutating func text() -> UnsafeRawBufferPointer? {
        let start = next
        while has(8) {
            let ends = PlainText.ends(in: word(0))
            guard ends == 0 else {
                next += ends.trailingZeroBitCount / 8
                break
            }
            next += 8
        }
        while has(1), PlainText.contains(byte(0)) { next += 1 }
        let text = UnsafeRawBufferPointer(start: start, count: next - start)
        return take(UInt8(ascii: "\"")) ? text : nil
    }

    /// An array of at least one such string, with its brackets.
    mutating func texts() -> UnsafeRawBufferPointer? {
        let start = next
        guard take(UInt8(ascii: "[")) else { return nil }
        repeat {
            guard take(UInt8(ascii: "\"")), text() != nil else { return nil }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { return nil }
        return UnsafeRawBufferPointer(start: start, count: next - start)
    }

    /// An integer from 0, in its shortest spelling, that fits into 63 bits.
    @inline(__always)
    mutating func integer() -> UInt64? {
        let start = next
        var value: UInt64 = 0
        while has(1), case let digit = byte(0) &- UInt8(ascii: "0"), digit < 10 {
            value = value &* 10 &+ UInt64(digit)
            next += 1
        }
        let count = next - start
        // Nineteen digits may overflow 63 bits, and are left to the full reader.
        guard (1...18).contains(count), count == 1 || start.load(as: UInt8.self) != UInt8(ascii: "0") else {
            return nil
        }
        return value
    }

    /// The rest of a string of 64 lower-case hexadecimal digits.
    @inline(__always)
    mutating func hexadecimal() -> UnsafeRawBufferPointer? {
        guard let digits = text(of: 64) else { return nil }
        var areAll = true
        for place in 0..<8 { areAll = areAll && HexDigits.areAll(digits.word(at: 8 * place)) }
        return areAll ? digits : nil
    }

    /// As many bytes as a string has left, whatever they are: they are to be compared with known ones.
    @inline(__always)
    mutating func text(of count: Int) -> UnsafeRawBufferPointer? {
        guard has(count + 1), byte(count) == UInt8(ascii: "\"") else { return nil }
        defer { next += count + 1 }
        return UnsafeRawBufferPointer(start: next, count: count)
    }

    /// The digest that the rest of a string spells.
    @inline(__always)
    mutating func digest() -> SHA256Digest? {
        guard let digits = hexadecimal() else { return nil }
        @inline(__always)
        func number(_ place: Int) -> UInt64 {
            UInt64(HexDigits.value(digits.word(at: place))) << 32 | UInt64(HexDigits.value(digits.word(at: place + 8)))
        }
        return SHA256Digest(numbers: (number(0), number(16), number(32), number(48)))
    }

    /// The UUID of version 7 that the rest of a string spells, as two words, most significant first.
    @inline(__always)
    mutating func messageID() -> (UInt64, UInt64)? {
        guard let text = text(of: 36) else { return nil }
        guard text[8] == UInt8(ascii: "-"), text[13] == UInt8(ascii: "-"), text[18] == UInt8(ascii: "-"),
            text[23] == UInt8(ascii: "-")
        else { return nil }
        @inline(__always)
        func half(_ offset: Int) -> UInt64 {
            UInt64(text.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian)
        }
        @inline(__always)
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

    @inline(__always)
    private mutating func take(_ wanted: UInt8) -> Bool {
        guard has(1), byte(0) == wanted else { return false }
        next += 1
        return true
    }

    /// Whether so many bytes are left.
    @inline(__always)
    private func has(_ count: Int) -> Bool { end - next >= count }

    @inline(__always)
    private func byte(_ offset: Int) -> UInt8 { next.load(fromByteOffset: offset, as: UInt8.self) }

    @inline(__always)
    private func word(_ offset: Int) -> UInt64 {
        next.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
    }
}
