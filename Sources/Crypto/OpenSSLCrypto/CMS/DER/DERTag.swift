/// The identifier octet of a DER element (X.690 8.1.2); tags above 30, which need more octets, do not occur here.
struct DERTag: Hashable, Sendable, CustomStringConvertible {
    let octet: UInt8

    static let integer = DERTag(octet: 0x02)
    static let bitString = DERTag(octet: 0x03)
    static let octetString = DERTag(octet: 0x04)
    static let objectIdentifier = DERTag(octet: 0x06)
    static let utf8String = DERTag(octet: 0x0C)
    static let utcTime = DERTag(octet: 0x17)
    static let generalizedTime = DERTag(octet: 0x18)
    static let sequence = DERTag(octet: 0x30)
    static let set = DERTag(octet: 0x31)

    /// `[number]` around or in place of a constructed type.
    static func context(_ number: UInt8) -> DERTag { DERTag(octet: 0xA0 | number) }
    /// `[number] IMPLICIT` in place of a primitive type.
    static func contextPrimitive(_ number: UInt8) -> DERTag { DERTag(octet: 0x80 | number) }

    var description: String {
        switch self {
        case .integer: "INTEGER"
        case .bitString: "BIT STRING"
        case .octetString: "OCTET STRING"
        case .objectIdentifier: "OBJECT IDENTIFIER"
        case .utf8String: "UTF8String"
        case .utcTime: "UTCTime"
        case .generalizedTime: "GeneralizedTime"
        case .sequence: "SEQUENCE"
        case .set: "SET"
        default: octet & 0xC0 == 0x80 ? "[\(octet & 0x1F)]" : "tag 0x" + String(octet, radix: 16)
        }
    }
}
