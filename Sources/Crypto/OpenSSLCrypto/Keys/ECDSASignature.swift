import COpenSSL

/// An ECDSA signature as DER `Ecdsa-Sig-Value` (RFC 3279 section 2.2.3), with both numbers in range.
///
/// For every valid (r, s) the pair (r, n - s) is valid too. Entente writes and accepts the one with the
/// lower s only, so that signed bytes, and with them their digests, cannot be changed by third parties.
package struct ECDSASignature: Sendable {
    /// The DER encoding.
    package let der: [UInt8]
    private let r: [UInt8]
    private let s: [UInt8]
    private let order: [UInt8]

    /// The signature in these bytes; nil unless they are its DER, without trailing bytes, and 0 < r, s < n.
    package init?(der: [UInt8], algorithm: KeyAlgorithm) {
        guard let order = algorithm.groupOrder, var body = DERSlice(der[...]).onlyElement(tag: 0x30),
            let r = body.unsignedInteger(), let s = body.unsignedInteger(), body.isEmpty,
            Self.isInRange(r, order), Self.isInRange(s, order)
        else { return nil }
        self.der = der
        self.r = r
        self.s = s
        self.order = order
    }

    private init(r: [UInt8], s: [UInt8], order: [UInt8]) {
        self.r = r
        self.s = s
        self.order = order
        der = DERWriter.sequence(DERWriter.unsignedInteger(r) + DERWriter.unsignedInteger(s))
    }

    /// Whether s is at most half the order of the group.
    package var hasLowS: Bool {
        !BigEndian.isLess(BigEndian.difference(order, s), s)
    }

    /// The equivalent signature with low s; itself when s is low already.
    package var withLowS: ECDSASignature {
        hasLowS ? self : negated
    }

    /// The other one of the two equivalent signatures.
    var negated: ECDSASignature {
        ECDSASignature(r: r, s: BigEndian.difference(order, s), order: order)
    }

    private static func isInRange(_ number: [UInt8], _ order: [UInt8]) -> Bool {
        !number.isEmpty && BigEndian.isLess(number, order)
    }
}

/// Arithmetic on unsigned big-endian numbers without leading zeros.
private enum BigEndian {
    static func isLess(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count ? left.lexicographicallyPrecedes(right) : left.count < right.count
    }

    /// `left - right`, where `right` is not greater.
    static func difference(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var result = left
        var borrow = 0
        for offset in 0..<left.count {
            let index = left.count - 1 - offset
            let subtrahend = offset < right.count ? Int(right[right.count - 1 - offset]) : 0
            let value = Int(left[index]) - subtrahend - borrow
            borrow = value < 0 ? 1 : 0
            result[index] = UInt8(truncatingIfNeeded: value)
        }
        return Array(result.drop { $0 == 0 })
    }
}
