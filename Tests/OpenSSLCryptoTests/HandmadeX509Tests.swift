import Testing

@testable import OpenSSLCrypto

@Suite struct HandmadeX509Tests {
    typealias Made = HandmadeX509

    struct ListCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout HandmadeX509.List) -> Void

        init(_ description: String, _ change: @escaping @Sendable (inout HandmadeX509.List) -> Void) {
            testDescription = description
            self.change = change
        }
    }

    static let refusedLists = [
        ListCase("version 1") {
            $0.version = []
            $0.extensions = []
        },
        ListCase("no next update") { $0.nextUpdate = [] },
        ListCase("ECDSA with SHA-512") { $0.algorithm = Made.ecdsaWithSHA512 },
        ListCase("a delta list") {
            $0.extensions.append(Made.extension(27, Made.integer([1]), criticality: Made.trueValue))
        },
        ListCase("a list for user certificates only") {
            $0.extensions.append(
                Made.extension(28, DERWriter.sequence([0x81, 0x01, 0xff]), criticality: Made.trueValue)
            )
        },
        ListCase("an entry taken off the list again") {
            $0.entries = [Made.List.entry(serialNumber: [0x11], extensions: Made.extension(21, [0x0a, 1, 8]))]
        },
        ListCase("an unknown reason") {
            $0.entries = [Made.List.entry(serialNumber: [0x11], extensions: Made.extension(21, [0x0a, 1, 7]))]
        },
        ListCase("a malformed reason") {
            $0.entries = [Made.List.entry(serialNumber: [0x11], extensions: Made.extension(21, [0x0a, 0]))]
        },
        ListCase("an entry of another issuer") {
            let names = DERWriter.sequence(DERWriter.element(tag: 0xa4, Made.name("other")))
            let value = Made.extension(29, names, criticality: Made.trueValue)
            $0.entries = [Made.List.entry(serialNumber: [0x11], extensions: value)]
        },
        ListCase("a serial number twice") { $0.entries += $0.entries },
        ListCase("a negative serial number") { $0.entries = [Made.List.entry(serialNumber: [0x80])] },
        ListCase("a serial number of zero") { $0.entries = [Made.List.entry(serialNumber: [0])] },
        ListCase("a serial number of 21 bytes") {
            $0.entries = [Made.List.entry(serialNumber: .init(repeating: 1, count: 21))]
        },
        ListCase("a negative list number") { $0.extensions = [Made.extension(20, Made.integer([0xff]))] },
        ListCase("a list number above 64 bits") {
            $0.extensions = [Made.extension(20, Made.integer([1] + .init(repeating: 0, count: 8)))]
        },
        ListCase("two list numbers") { $0.extensions += $0.extensions },
        ListCase("a list number that is text") { $0.extensions = [Made.extension(20, [0x0c, 1, 0x31])] },
        ListCase("bytes after the list number") { $0.extensions = [Made.extension(20, Made.integer([7]) + [0])] },
        ListCase("an explicit default") {
            $0.extensions = [Made.extension(20, Made.integer([7]), criticality: Made.falseValue)]
        },
        ListCase("a time without seconds") { $0.thisUpdate = Made.utcTime("2611220000Z") },
        ListCase("a time with an offset") { $0.thisUpdate = Made.utcTime("261122000000+0000") },
        ListCase("a time of 25 o'clock") { $0.thisUpdate = Made.utcTime("261122250000Z") },
        ListCase("a fraction of a second") { $0.thisUpdate = Made.generalizedTime("20261122000000.5Z") },
        ListCase("GeneralizedTime before 2050") { $0.thisUpdate = Made.generalizedTime("20261122000000Z") },
    ]

    @Test(arguments: refusedLists) func `a list of another form is refused`(test: ListCase) throws {
        let key = try PrivateKey.generate(.p256)
        var list = Made.List()
        #expect(throws: Never.self) { try CertificateRevocationList(der: list.der(key: key)) }
        test.change(&list)
        #expect(throws: OpenSSLError.self) { try CertificateRevocationList(der: list.der(key: key)) }
    }

    static let acceptedLists = [
        ListCase("no entries") { $0.entries = [] },
        ListCase("no number") { $0.extensions = [] },
        ListCase("the largest number") {
            $0.extensions = [Made.extension(20, Made.integer([0] + .init(repeating: 0xff, count: 8)))]
        },
        ListCase("a reason that revokes") {
            $0.entries = [Made.List.entry(serialNumber: [0x11], extensions: Made.extension(21, [0x0a, 1, 6]))]
        },
        ListCase("a next update after 2050") { $0.nextUpdate = Made.generalizedTime("20510101000000Z") },
    ]

    @Test(arguments: acceptedLists) func `a list of the accepted form is read`(test: ListCase) throws {
        let key = try PrivateKey.generate(.p256)
        var list = Made.List()
        test.change(&list)
        let parsed = try CertificateRevocationList(der: list.der(key: key))
        #expect(parsed.revokedSerialNumbers == (list.entries.isEmpty ? [] : ["11"]))
        #expect([7, nil, .max].contains(parsed.number))
        #expect(parsed.thisUpdate == TestPartner.now)
    }

    struct LeafCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout HandmadeX509.Leaf) -> Void

        init(_ description: String, _ change: @escaping @Sendable (inout HandmadeX509.Leaf) -> Void) {
            testDescription = description
            self.change = change
        }
    }

    static let refusedLeaves = [
        LeafCase("version 1") {
            $0.version = []
            $0.extensions = []
        },
        LeafCase("version 2") { $0.version = DERWriter.element(tag: 0xa0, Made.integer([1])) },
        LeafCase("a negative serial number") { $0.serialNumber = Made.integer([0x80]) },
        LeafCase("a serial number that is not minimal") { $0.serialNumber = Made.integer([0, 1]) },
        LeafCase("an explicit default") {
            $0.extensions[0] = Made.extension(15, [0x03, 0x02, 0x07, 0x80], criticality: Made.falseValue)
        },
        LeafCase("two alternative names") { $0.extensions += $0.extensions },
        LeafCase("an empty alternative name") { $0.extensions = [Made.extension(17, Made.sequence())] },
        LeafCase("an alternative name that is text") { $0.extensions = [Made.extension(17, [0x0c, 1, 0x31])] },
        LeafCase("an embedded NUL in a mail address") {
            $0.extensions = [Made.extension(17, DERWriter.sequence(DERWriter.element(tag: 0x81, [0x61, 0, 0x62])))]
        },
        LeafCase("bytes after the value of an extension") {
            $0.extensions = [Made.extension(15, [0x03, 0x02, 0x07, 0x80, 0x00])]
        },
        LeafCase("an unknown extension that is not DER") {
            $0.extensions.append(Made.extension(99, [0x30, 0x80, 0, 0]))
        },
        LeafCase("padding bits in the key usage") {
            $0.extensions.append(Made.extension(15, [0x03, 0x02, 0x07, 0x81]))
        },
        LeafCase("a key identifier of 32 bytes") {
            $0.extensions.append(Made.extension(14, Made.octets(.init(repeating: 1, count: 32))))
        },
        LeafCase("an authority key identifier of 4 bytes") {
            $0.extensions.append(Made.extension(35, DERWriter.sequence(DERWriter.element(tag: 0x80, [1, 2, 3, 4]))))
        },
        LeafCase("a negative path length") {
            $0.extensions.append(Made.extension(19, DERWriter.sequence(Made.trueValue + Made.integer([0xff]))))
        },
        LeafCase("a set out of order") {
            $0.subject = DERWriter.sequence(
                DERWriter.element(tag: 0x31, Made.attribute(0x0a, "unit") + Made.attribute(0x03, "leaf"))
            )
        },
        LeafCase("a time before 2050 as GeneralizedTime") {
            $0.validity = Made.sequence(Made.generalizedTime("20261121000000Z"), Made.utcTime("271122000000Z"))
        },
        LeafCase("a time without seconds") {
            $0.validity = Made.sequence(Made.utcTime("2611210000Z"), Made.utcTime("271122000000Z"))
        },
        LeafCase("a February 30th") {
            $0.validity = Made.sequence(Made.utcTime("260230000000Z"), Made.utcTime("271122000000Z"))
        },
        // An implicit tag hides that this is a BIT STRING: only encoding anew shows the bits that do not count.
        LeafCase("padding bits under an implicit tag") {
            $0.uniqueIdentifiers = DERWriter.element(tag: 0x81, [7, 0x81])
        },
        LeafCase("something after the extensions") { $0.trailer = Made.integer([1]) },
    ]

    @Test(arguments: refusedLeaves) func `a certificate of another form is refused`(test: LeafCase) throws {
        let key = try PrivateKey.generate(.p256)
        var leaf = Made.Leaf()
        #expect(throws: Never.self) { try Certificate(der: leaf.der(key: key)) }
        test.change(&leaf)
        #expect(throws: OpenSSLError.self) { try Certificate(der: leaf.der(key: key)) }
    }

    @Test func `another signature algorithm inside than outside is refused by the verifier`() throws {
        let key = try PrivateKey.generate(.p256)
        let template = TestPartner.authority("authority", key.publicKey, pathLength: nil)
        var rootTemplate = template
        rootTemplate.organization = nil
        let root = try CertificateIssuer.selfSigned(rootTemplate, key: key)
        let good = try Certificate(der: Made.Leaf().der(key: key))
        let verifier = try ChainVerifier(roots: [root], intermediates: [], revocationLists: [])
        var strictLeaf = Made.Leaf()
        strictLeaf.extensions.append(
            Made.extension(
                35,
                DERWriter.sequence(DERWriter.element(tag: 0x80, key.publicKey.keyIdentifier.bytes))
            )
        )
        let leaf = try Certificate(der: strictLeaf.der(key: key))
        func verify(_ certificate: Certificate) -> ChainVerdict {
            verifier.verify(certificate, purpose: .any, at: TestPartner.now, checkRevocation: false)
        }
        #expect(verify(leaf).chain?.count == 2, "\(verify(leaf))")
        // RFC 5280 section 4.2.1.1 wants the authority's key identifier.
        #expect(verify(good).refusal?.code == .other)
        strictLeaf.algorithm = Made.ecdsaWithSHA512
        #expect(verify(try Certificate(der: strictLeaf.der(key: key))).refusal != nil)
        let inner = leaf.der
        let outer = try #require(inner.indices.last { inner[$0...].starts(with: Made.ecdsaWithSHA256) })
        var changed = inner
        changed[outer + Made.ecdsaWithSHA256.count - 1] = 0x03
        #expect(verify(try Certificate(der: changed)).refusal != nil)
    }

    @Test func `an unknown critical extension is refused by the verifier`() throws {
        let key = try PrivateKey.generate(.p256)
        var template = TestPartner.authority("authority", key.publicKey, pathLength: nil)
        template.organization = nil
        let root = try CertificateIssuer.selfSigned(template, key: key)
        var leaf = Made.Leaf()
        leaf.extensions.append(
            Made.extension(
                35,
                DERWriter.sequence(DERWriter.element(tag: 0x80, key.publicKey.keyIdentifier.bytes))
            )
        )
        leaf.extensions.append(Made.extension(99, [0x05, 0x00], criticality: Made.trueValue))
        let verifier = try ChainVerifier(roots: [root], intermediates: [], revocationLists: [])
        let verdict = verifier.verify(
            try Certificate(der: leaf.der(key: key)),
            purpose: .any,
            at: TestPartner.now,
            checkRevocation: false
        )
        #expect(verdict.refusal?.detail.contains("unhandled critical extension") == true, "\(verdict)")
    }
}
