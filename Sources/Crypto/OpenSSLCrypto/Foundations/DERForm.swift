/// The rules of DER (X.690 sections 10 and 11) that libcrypto's parsers do not insist on.
///
/// libcrypto keeps the bytes it has read and hands the same ones back, so that re-encoding alone does not reveal BER inside names and
/// extensions. This walk does.
package enum DERForm {
    /// How deep elements may nest; X.509 and CMS stay well below.
    private static let depthLimit = 32

    /// Whether the bytes are exactly one DER element, everything inside it included.
    ///
    /// - Parameter booleansDefaultToFalse: in X.509 every BOOLEAN has the default FALSE, and DER leaves defaults out.
    package static func isOneElement(_ bytes: [UInt8], booleansDefaultToFalse: Bool) -> Bool {
        var slice = DERSlice(bytes[...])
        return isElement(&slice, booleansDefaultToFalse, depth: 0) && slice.isEmpty
    }

    private static func isElement(_ slice: inout DERSlice, _ booleansDefaultToFalse: Bool, depth: Int) -> Bool {
        guard depth < depthLimit, let (tag, contents) = slice.element() else { return false }
        let isConstructed = tag & 0x20 != 0
        guard tag & 0xc0 == 0 else {
            return !isConstructed || areElements(contents, booleansDefaultToFalse, depth: depth)
        }
        switch tag {
        case 0x01:
            return contents.count == 1 && (contents.first == 0xff || !booleansDefaultToFalse && contents.first == 0)
        case 0x02, 0x0a: return isMinimalInteger(contents)
        case 0x03: return isBitString(contents)
        case 0x05: return contents.isEmpty
        case 0x06: return isObjectIdentifier(contents)
        case 0x30: return areElements(contents, booleansDefaultToFalse, depth: depth)
        case 0x31: return areElements(contents, booleansDefaultToFalse, depth: depth) && isSorted(contents)
        default: return !isConstructed && tag != 0x00
        }
    }

    private static func areElements(_ contents: ArraySlice<UInt8>, _ flag: Bool, depth: Int) -> Bool {
        var slice = DERSlice(contents)
        while !slice.isEmpty {
            guard isElement(&slice, flag, depth: depth + 1) else { return false }
        }
        return true
    }

    private static func isMinimalInteger(_ contents: ArraySlice<UInt8>) -> Bool {
        guard let first = contents.first else { return false }
        guard let second = contents.dropFirst().first else { return true }
        return !(first == 0x00 && second < 0x80) && !(first == 0xff && second >= 0x80)
    }

    private static func isBitString(_ contents: ArraySlice<UInt8>) -> Bool {
        guard let unused = contents.first, unused < 8 else { return false }
        guard contents.count > 1, let last = contents.last else { return unused == 0 }
        return last & (1 << unused - 1) == 0
    }

    private static func isObjectIdentifier(_ contents: ArraySlice<UInt8>) -> Bool {
        guard let last = contents.last, last < 0x80 else { return false }
        var startsComponent = true
        for byte in contents {
            guard !(startsComponent && byte == 0x80) else { return false }
            startsComponent = byte < 0x80
        }
        return true
    }

    /// Whether the elements of a SET OF stand in ascending order of their encodings.
    private static func isSorted(_ contents: ArraySlice<UInt8>) -> Bool {
        var slice = DERSlice(contents)
        var previous: ArraySlice<UInt8> = []
        while !slice.isEmpty {
            let before = slice.remaining
            guard slice.element() != nil else { return false }
            let current = before.prefix(before.count - slice.remaining.count)
            guard !current.lexicographicallyPrecedes(previous) else { return false }
            previous = current
        }
        return true
    }
}
