/// An ASN.1 object identifier in the bytes of its DER contents (X.690 8.19), so that comparing never parses.
///
/// Arcs have up to 128 bits, because those under 2.25 are UUIDs (ITU-T X.667).
struct ObjectIdentifier: Hashable, Sendable, CustomStringConvertible {
    let contents: [UInt8]

    /// The identifier with these arcs, of which there are at least two; written in code only.
    init(_ arcs: UInt128...) {
        precondition(
            arcs.count >= 2 && arcs[0] <= 2,
            "an object identifier has two arcs or more, of which the first is 0 to 2"
        )
        contents = Self.encode(arcs)
    }

    /// Reads `1.2.840.113549.1.7.2`; nil unless it is an object identifier in its one spelling.
    init?(dotted: String) {
        var arcs: [UInt128] = []
        for part in dotted.split(separator: ".", omittingEmptySubsequences: false) {
            // The first two arcs share a number, which must not overflow.
            guard let arc = UInt128(part), String(arc) == part, arcs.count > 1 || arc <= .max - 80 else { return nil }
            arcs.append(arc)
        }
        guard arcs.count >= 2, arcs[0] < 2 ? arcs[1] < 40 : arcs[0] == 2 else { return nil }
        contents = Self.encode(arcs)
    }

    /// Takes the contents of a DER OBJECT IDENTIFIER; nil unless every arc is whole, minimal and below 2^128.
    init?(contents: some Collection<UInt8>) {
        guard let last = contents.suffix(1).first, last & 0x80 == 0 else { return nil }
        var arcStarts = true
        var octetsOfArc = 0
        var firstOctet: UInt8 = 0
        for octet in contents {
            if arcStarts && octet == 0x80 { return nil }
            octetsOfArc = arcStarts ? 1 : octetsOfArc + 1
            firstOctet = arcStarts ? octet : firstOctet
            // 18 octets hold 126 bits; a nineteenth leaves two to the first.
            guard octetsOfArc <= 18 || octetsOfArc == 19 && firstOctet & 0x7F < 4 else { return nil }
            arcStarts = octet & 0x80 == 0
        }
        self.contents = Array(contents)
    }

    /// The arcs with dots between them: `1.2.840.113549.1.7.2`.
    var description: String {
        var arcs: [UInt128] = []
        var value: UInt128 = 0
        for octet in contents {
            value = value << 7 | UInt128(octet & 0x7F)
            guard octet & 0x80 == 0 else { continue }
            if arcs.isEmpty {
                let first = min(value / 40, 2)
                arcs = [first, value - first * 40]
            } else {
                arcs.append(value)
            }
            value = 0
        }
        return arcs.map { String($0) }.joined(separator: ".")
    }

    private static func encode(_ arcs: [UInt128]) -> [UInt8] {
        ([arcs[0] * 40 + arcs[1]] + arcs.dropFirst(2)).flatMap { arc in
            var octets = [UInt8(arc & 0x7F)]
            var rest = arc >> 7
            while rest > 0 {
                octets.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            return octets.reversed()
        }
    }
}

extension ObjectIdentifier {
    // Content types: RFC 5652 4 and 5.1, RFC 5083 2.1, RFC 2634 2.5.
    static let data = ObjectIdentifier(1, 2, 840, 113549, 1, 7, 1)
    static let signedData = ObjectIdentifier(1, 2, 840, 113549, 1, 7, 2)
    static let authEnvelopedData = ObjectIdentifier(1, 2, 840, 113549, 1, 9, 16, 1, 23)
    static let receipt = ObjectIdentifier(1, 2, 840, 113549, 1, 9, 16, 1, 1)

    // Signed attributes: RFC 5652 11, RFC 2634 2.7, 2.6 and 3.2, RFC 5035 3.
    static let contentType = ObjectIdentifier(1, 2, 840, 113549, 1, 9, 3)
    static let messageDigest = ObjectIdentifier(1, 2, 840, 113549, 1, 9, 4)
    static let signingTime = ObjectIdentifier(1, 2, 840, 113549, 1, 9, 5)
    static let receiptRequest = ObjectIdentifier(1, 2, 840, 113549, 1, 9, 16, 2, 1)
    static let securityLabel = ObjectIdentifier(1, 2, 840, 113549, 1, 9, 16, 2, 2)
    static let messageSignatureDigest = ObjectIdentifier(1, 2, 840, 113549, 1, 9, 16, 2, 5)
    static let signingCertificateV2 = ObjectIdentifier(1, 2, 840, 113549, 1, 9, 16, 2, 47)

    // Digests and signatures: RFC 5754 2 and 3.3.
    static let sha256 = ObjectIdentifier(2, 16, 840, 1, 101, 3, 4, 2, 1)
    static let sha384 = ObjectIdentifier(2, 16, 840, 1, 101, 3, 4, 2, 2)
    static let ecdsaWithSHA256 = ObjectIdentifier(1, 2, 840, 10045, 4, 3, 2)
    static let ecdsaWithSHA384 = ObjectIdentifier(1, 2, 840, 10045, 4, 3, 3)

    // Key agreement and encryption: RFC 5480 2.1.1, RFC 5753 7.1.4, RFC 3565 2.3.2, RFC 5084 3.2.
    static let ecPublicKey = ObjectIdentifier(1, 2, 840, 10045, 2, 1)
    static let ecdhSHA256KDF = ObjectIdentifier(1, 3, 132, 1, 11, 1)
    static let ecdhSHA384KDF = ObjectIdentifier(1, 3, 132, 1, 11, 2)
    static let aes256Wrap = ObjectIdentifier(2, 16, 840, 1, 101, 3, 4, 1, 45)
    static let aes256GCM = ObjectIdentifier(2, 16, 840, 1, 101, 3, 4, 1, 46)
}
