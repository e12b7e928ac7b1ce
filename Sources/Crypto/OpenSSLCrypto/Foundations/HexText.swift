/// Bytes as hexadecimal digits.
enum HexText {
    static func lowercase(_ bytes: some Collection<UInt8>) -> String {
        text(bytes, letters: UInt8(ascii: "a"))
    }

    static func uppercase(_ bytes: some Collection<UInt8>) -> String {
        text(bytes, letters: UInt8(ascii: "A"))
    }

    private static func text(_ bytes: some Collection<UInt8>, letters: UInt8) -> String {
        func digit(_ value: UInt8) -> UInt8 {
            value < 10 ? UInt8(ascii: "0") + value : letters + value - 10
        }
        return String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            var offset = 0
            for byte in bytes {
                buffer[offset] = digit(byte >> 4)
                buffer[offset + 1] = digit(byte & 15)
                offset += 2
            }
            return offset
        }
    }
}

extension HexText {
    /// The bytes that an even number of hexadecimal digits spell, in either case; nil for anything else.
    static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
