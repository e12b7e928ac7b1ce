@testable import OpenSSLCrypto

/// DER put together part by part, for forms that the issuer does not write.
enum HandmadeX509 {
    static func utcTime(_ text: String) -> [UInt8] { DERWriter.element(tag: 0x17, Array(text.utf8)) }
    static func generalizedTime(_ text: String) -> [UInt8] { DERWriter.element(tag: 0x18, Array(text.utf8)) }
    static func sequence(_ parts: [UInt8]...) -> [UInt8] { DERWriter.sequence(parts.flatMap { $0 }) }
    static func integer(_ contents: [UInt8]) -> [UInt8] { DERWriter.element(tag: 0x02, contents) }
    static func octets(_ contents: [UInt8]) -> [UInt8] { DERWriter.element(tag: 0x04, contents) }
    static func identifier(_ contents: [UInt8]) -> [UInt8] { DERWriter.element(tag: 0x06, contents) }

    static let ecdsaWithSHA256 = sequence(identifier([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]))
    static let ecdsaWithSHA512 = sequence(identifier([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04]))
    static let falseValue: [UInt8] = [0x01, 0x01, 0x00]
    static let trueValue: [UInt8] = [0x01, 0x01, 0xff]

    /// A name with one common name.
    static func name(_ text: String) -> [UInt8] {
        sequence(DERWriter.element(tag: 0x31, attribute(0x03, text)))
    }

    /// One attribute of a name: 2.5.4.`type`.
    static func attribute(_ type: UInt8, _ text: String) -> [UInt8] {
        sequence(identifier([0x55, 0x04, type]), DERWriter.element(tag: 0x0c, Array(text.utf8)))
    }

    /// An extension under id-ce, 2.5.29.`type`.
    static func `extension`(_ type: UInt8, _ value: [UInt8], criticality: [UInt8] = []) -> [UInt8] {
        sequence(identifier([0x55, 0x1d, type]), criticality, octets(value))
    }

    /// The signed object around what is to be signed.
    static func signed(_ content: [UInt8], algorithm: [UInt8], key: PrivateKey) throws -> [UInt8] {
        sequence(content, algorithm, DERWriter.element(tag: 0x03, [0] + (try key.sign(content))))
    }

    /// The parts of a revocation list.
    struct List {
        var version = integer([1])
        var algorithm = ecdsaWithSHA256
        var issuer = name("authority")
        var thisUpdate = utcTime("261122000000Z")
        var nextUpdate = utcTime("261123000000Z")
        var entries: [[UInt8]] = [entry(serialNumber: [0x11])]
        var extensions = [`extension`(20, integer([7]))]

        static func entry(serialNumber: [UInt8], extensions: [UInt8] = []) -> [UInt8] {
            sequence(
                integer(serialNumber),
                utcTime("261121000000Z"),
                extensions.isEmpty ? [] : sequence(extensions)
            )
        }

        func der(key: PrivateKey) throws -> [UInt8] {
            let revoked = entries.isEmpty ? [] : DERWriter.sequence(entries.flatMap { $0 })
            let last =
                extensions.isEmpty
                ? [] : DERWriter.element(tag: 0xa0, DERWriter.sequence(extensions.flatMap { $0 }))
            let content = sequence(version, algorithm, issuer, thisUpdate, nextUpdate, revoked, last)
            return try signed(content, algorithm: algorithm, key: key)
        }
    }

    /// The parts of a certificate.
    struct Leaf {
        var version = DERWriter.element(tag: 0xa0, integer([2]))
        var serialNumber = integer([0x11])
        var algorithm = ecdsaWithSHA256
        var subject = name("leaf")
        var validity = sequence(utcTime("261121000000Z"), utcTime("271122000000Z"))
        var extensions = [
            `extension`(17, sequence(DERWriter.element(tag: 0x86, Array("spiffe://gbr.example/node/one".utf8))))
        ]
        var uniqueIdentifiers: [UInt8] = []
        var trailer: [UInt8] = []

        func der(key: PrivateKey) throws -> [UInt8] {
            let last =
                extensions.isEmpty
                ? [] : DERWriter.element(tag: 0xa3, DERWriter.sequence(extensions.flatMap { $0 }))
            let content = sequence(
                version,
                serialNumber,
                algorithm,
                name("authority"),
                validity,
                subject,
                key.publicKey.subjectPublicKeyInfo,
                uniqueIdentifiers,
                last,
                trailer
            )
            return try signed(content, algorithm: algorithm, key: key)
        }
    }
}
