public import CanonicalEncoding
public import OpenSSLCrypto

/// The identifier that the originator gives a message: a UUID of version 7 (RFC 9562 section 5.7).
///
/// Its first 48 bits are the time of origin in milliseconds, so that identifiers sort by time and an index over them
/// grows at its end. One spelling: lower case with hyphens.
public struct MessageID: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// The identifier for a message of `time`, with 74 of the bits of `randomness`.
    ///
    /// - Parameter randomness: ten bytes.
    public init(time: Timestamp, randomness: [UInt8]) {
        precondition(randomness.count == 10, "a message id takes ten random bytes")
        let milliseconds = UInt64(clamping: time.millisecondsSinceEpoch) & 0xffff_ffff_ffff
        let first = UInt64(randomness[0]) << 8 | UInt64(randomness[1])
        let rest = randomness[2...].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        high = milliseconds << 16 | 0x7000 | first & 0x0fff
        low = 0x8000_0000_0000_0000 | rest & 0x3fff_ffff_ffff_ffff
    }

    /// Reads the one accepted spelling; nil for anything else, other UUID versions too.
    public init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8)
        guard characters.count == 36 else { return nil }
        var digits: [UInt8] = []
        for (position, character) in characters.enumerated() {
            if [8, 13, 18, 23].contains(position) {
                guard character == UInt8(ascii: "-") else { return nil }
            } else {
                digits.append(character)
            }
        }
        guard let bytes = Hex.decode(String(decoding: digits, as: UTF8.self)) else { return nil }
        self.init(bytes: bytes)
    }

    /// The identifier of these 16 bytes; nil unless they are a UUID of version 7.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
        guard high >> 12 & 0xf == 7, low >> 62 == 0b10 else { return nil }
    }

    public static func generate(at time: Timestamp) throws(OpenSSLError) -> MessageID {
        MessageID(time: time, randomness: try SecureRandom.bytes(10))
    }

    /// The 16 bytes, most significant first.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            for place in 0..<8 {
                buffer[place] = UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * place))
                buffer[8 + place] = UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * place))
            }
            count = 16
        }
    }

    /// The time of origin that the identifier claims, to the millisecond.
    public var time: Timestamp { Timestamp(millisecondsSinceEpoch: Int64(high >> 16)) }

    public var description: String {
        let digits = Hex.encode(bytes).utf8
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var place = 0
            for digit in digits {
                if place == 8 || place == 13 || place == 18 || place == 23 {
                    buffer[place] = UInt8(ascii: "-")
                    place += 1
                }
                buffer[place] = digit
                place += 1
            }
            return place
        }
    }

    public static func < (left: MessageID, right: MessageID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
