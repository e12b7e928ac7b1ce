/// Base 64 with the standard alphabet and padding, RFC 4648 section 4.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xff, count: 256)
        for (value, character) in alphabet.enumerated() {
            values[Int(character)] = UInt8(value)
        }
        return values
    }()

    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var position = 0
        while position < bytes.count {
            let left = bytes.count - position
            let group =
                UInt32(bytes[position]) << 16 | (left > 1 ? UInt32(bytes[position + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[position + 2]) : 0)
            text.append(alphabet[Int(group >> 18)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : padding)
            text.append(left > 2 ? alphabet[Int(group & 63)] : padding)
            position += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes, or nil for anything that `encode` would not have written: missing padding, line breaks, other
    /// alphabets, non-zero bits behind the last byte.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 4) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 4 * 3)
        for start in stride(from: 0, to: characters.count, by: 4) {
            let isLast = start + 4 == characters.count
            var group: UInt32 = 0
            var padded = 0
            for character in characters[start..<start + 4] {
                if character == padding, isLast {
                    padded += 1
                    group <<= 6
                    continue
                }
                let value = values[Int(character)]
                guard value != 0xff, padded == 0 else { return nil }
                group = group << 6 | UInt32(value)
            }
            switch padded {
            case 0: bytes.append(contentsOf: [UInt8(group >> 16), UInt8(group >> 8 & 255), UInt8(group & 255)])
            case 1 where group & 0xff == 0: bytes.append(contentsOf: [UInt8(group >> 16), UInt8(group >> 8 & 255)])
            case 2 where group & 0xffff == 0: bytes.append(UInt8(group >> 16))
            default: return nil
            }
        }
        return bytes
    }
}
