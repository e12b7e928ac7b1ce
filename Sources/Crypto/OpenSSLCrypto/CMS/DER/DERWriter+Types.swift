extension DERWriter {
    /// One element with this tag and these contents.
    static func element(_ tag: DERTag, _ contents: [UInt8]) -> [UInt8] {
        element(tag: tag.octet, contents)
    }

    /// A SEQUENCE of these elements.
    static func sequence(of elements: [UInt8]...) -> [UInt8] {
        sequence(Array(elements.joined()))
    }

    static func octetString(_ octets: [UInt8]) -> [UInt8] {
        element(.octetString, octets)
    }

    static func objectIdentifier(_ identifier: ObjectIdentifier) -> [UInt8] {
        element(.objectIdentifier, identifier.contents)
    }

    /// An INTEGER; zero has one octet.
    static func integer(_ value: UInt32) -> [UInt8] {
        value == 0
            ? element(.integer, [0])
            : unsignedInteger(withUnsafeBytes(of: value.bigEndian) { Array($0.drop { $0 == 0 }) })
    }
}
