/// Bytes as hexadecimal digits.
enum HexText {
    static func lowercase(_ bytes: some Collection<UInt8>) -> String {
        text(bytes, digits: Array("0123456789abcdef".utf8))
    }

    static func uppercase(_ bytes: some Collection<UInt8>) -> String {
        text(bytes, digits: Array("0123456789ABCDEF".utf8))
    }

    private static func text(_ bytes: some Collection<UInt8>, digits: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            var offset = 0
            for byte in bytes {
                buffer[offset] = digits[Int(byte >> 4)]
                buffer[offset + 1] = digits[Int(byte & 15)]
                offset += 2
            }
            return offset
        }
    }
}
