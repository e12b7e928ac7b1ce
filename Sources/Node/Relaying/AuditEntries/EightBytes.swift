/// Bytes that stand for themselves in a canonical JSON string: printable ASCII but quotation mark and backslash.
enum PlainText {
    @inline(__always)
    static func contains(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<0x20, 0x7f...0xff: false
        default: true
        }
    }

    /// Zero when each of the eight bytes is one; else the lowest set bit lies in the first byte that is none.
    @inline(__always)
    static func ends(in word: UInt64) -> UInt64 {
        // A difference borrows from the bytes above a zero only, so that the lowest mark is always true.
        @inline(__always)
        func zeroes(_ word: UInt64) -> UInt64 { (word &- EightBytes.ones) & ~word }
        let controls = (word &- EightBytes.ones &* 0x20) & ~word
        let marks = zeroes(word ^ EightBytes.ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = zeroes(word ^ EightBytes.ones &* UInt64(UInt8(ascii: "\\")))
        let deletes = zeroes(word ^ EightBytes.ones &* 0x7f)
        return (controls | marks | backslashes | deletes | word) & EightBytes.highBits
    }
}

/// Lower-case hexadecimal digits, eight at a time: the first one in the lowest byte of a word.
enum HexDigits {
    /// Whether each of the eight bytes is a digit.
    @inline(__always)
    static func areAll(_ word: UInt64) -> Bool {
        // The high bit of a byte of the sum says whether the byte is at least the bound; bytes are below 0x80, so that
        // none carries into the next.
        @inline(__always)
        func isAtLeast(_ bound: UInt8) -> UInt64 { word &+ EightBytes.ones &* UInt64(0x80 - bound) }
        guard word & EightBytes.highBits == 0 else { return false }
        let numbers = isAtLeast(UInt8(ascii: "0")) & ~isAtLeast(UInt8(ascii: "9") + 1)
        let letters = isAtLeast(UInt8(ascii: "a")) & ~isAtLeast(UInt8(ascii: "f") + 1)
        return (numbers | letters) & EightBytes.highBits == EightBytes.highBits
    }

    /// The number that eight digits make, the first one the most significant.
    @inline(__always)
    static func value(_ word: UInt64) -> UInt32 {
        // Letters have bit 6, and their low four bits are nine less than their value.
        let nibbles = (word & (EightBytes.ones &* 0x0f)) &+ (word >> 6 & EightBytes.ones) &* 9
        let pairs = (nibbles << 4 | nibbles >> 8) & 0x00ff_00ff_00ff_00ff
        let quads = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff
        return UInt32(truncatingIfNeeded: quads | quads >> 16).byteSwapped
    }
}

/// A word as eight bytes.
private enum EightBytes {
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highBits: UInt64 = 0x8080_8080_8080_8080
}

extension UnsafeRawBufferPointer {
    /// The eight bytes from `offset` on, the first one in the lowest byte.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
    }
}
