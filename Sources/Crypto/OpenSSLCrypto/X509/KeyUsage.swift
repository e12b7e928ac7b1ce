/// What a key may be used for (RFC 5280 section 4.2.1.3).
public struct KeyUsage: OptionSet, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    // Bit n of the BIT STRING is bit n here; libcrypto numbers them within its bytes.
    public static let digitalSignature = KeyUsage(rawValue: 1 << 0)
    public static let nonRepudiation = KeyUsage(rawValue: 1 << 1)
    public static let keyEncipherment = KeyUsage(rawValue: 1 << 2)
    public static let dataEncipherment = KeyUsage(rawValue: 1 << 3)
    public static let keyAgreement = KeyUsage(rawValue: 1 << 4)
    public static let keyCertSign = KeyUsage(rawValue: 1 << 5)
    public static let crlSign = KeyUsage(rawValue: 1 << 6)
    public static let encipherOnly = KeyUsage(rawValue: 1 << 7)
    public static let decipherOnly = KeyUsage(rawValue: 1 << 8)

    private static let names = [
        "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign",
        "cRLSign", "encipherOnly", "decipherOnly",
    ]

    /// The usage in libcrypto's `KU_` bits: the first byte of the BIT STRING, then the second above it.
    init(libcryptoBits bits: UInt32) {
        var usage: KeyUsage = []
        for index in Self.names.indices where bits & Self.libcryptoBit(index) != 0 {
            usage.insert(KeyUsage(rawValue: 1 << index))
        }
        self = usage
    }

    private static func libcryptoBit(_ index: Int) -> UInt32 {
        index < 8 ? 0x80 >> index : 0x8000 >> (index - 8)
    }

    /// The DER BIT STRING, without trailing zero bits.
    var der: [UInt8] {
        let bits = Self.names.indices.filter { contains(KeyUsage(rawValue: 1 << $0)) }
        guard let last = bits.last else { return [0x03, 0x01, 0x00] }
        var bytes = [UInt8](repeating: 0, count: last / 8 + 1)
        for bit in bits { bytes[bit / 8] |= 0x80 >> (bit % 8) }
        return DERWriter.element(tag: 0x03, [UInt8(7 - last % 8)] + bytes)
    }

    /// The usages by the names of the RFC, separated by commas.
    public var description: String {
        Self.names.indices.filter { contains(KeyUsage(rawValue: 1 << $0)) }.map { Self.names[$0] }
            .joined(separator: ", ")
    }
}
