import Testing

@testable import OpenSSLCrypto

/// One deviation from the accepted form, and the error that names it.
struct CMSFormVector: Sendable, CustomTestStringConvertible {
    let name: String
    let error: CMSFormError
    /// Whether the change is signed, so that a library which looks at signatures alone would accept it.
    let signed: Bool
    let change: @Sendable (inout SignedDataTree) throws -> Void

    var testDescription: String { name }

    init(
        _ name: String,
        _ error: CMSFormError,
        signed: Bool = false,
        _ change: @escaping @Sendable (inout SignedDataTree) throws -> Void
    ) {
        self.name = name
        self.error = error
        self.signed = signed
        self.change = change
    }
}

@Suite struct CMSSignedMessageFormTests {
    let material: CMSTestMaterial
    let original: [UInt8]

    init() throws {
        material = try CMSTestMaterial.shared()
        original = try material.p256.signer.sign(
            Array("content".utf8),
            signingTime: CMSTestMaterial.signingTime,
            attributes: CMSTestMaterial.attributes
        )
    }

    static let shell: [CMSFormVector] = [
        CMSFormVector(
            "another type of CMS object",
            .wrongContentType(expected: "1.2.840.113549.1.7.2", got: "1.2.840.113549.1.7.3")
        ) {
            $0.root[0] = .oid("1.2.840.113549.1.7.3")
        },
        CMSFormVector("another version", .unsupportedVersion(of: "SignedData", expected: 3, got: 1)) {
            $0.signedData[0].contents = [1]
        },
        CMSFormVector("no digest algorithm", .digestAlgorithmCount(0)) { $0.signedData[1].children = [] },
        CMSFormVector("two digest algorithms", .digestAlgorithmCount(2)) {
            $0.signedData[1].children.append(DERNode(0x30, [.oid("2.16.840.1.101.3.4.2.2")]))
        },
        CMSFormVector("digest parameters NULL", .algorithmParameters(of: "digest")) {
            $0.signedData[1, 0].children.append(.null)
        },
        CMSFormVector("a digest of SHA-1", .unsupportedAlgorithm(for: "digest", got: "1.3.14.3.2.26")) {
            $0.signedData[1, 0, 0] = .oid("1.3.14.3.2.26")
        },
        CMSFormVector("two different digests", .digestAlgorithmsDiffer) {
            $0.signedData[1, 0, 0] = .oid("2.16.840.1.101.3.4.2.2")
        },
        CMSFormVector("another content type", .wrongContentType(expected: "1.2.840.113549.1.7.1", got: "1.2.3")) {
            $0.signedData[2, 0] = .oid("1.2.3")
        },
        CMSFormVector("a detached content", .detachedContent) { _ = $0.signedData[2].children.removeLast() },
        CMSFormVector(
            "a content in constructed form",
            .unexpectedElement(expected: "OCTET STRING", got: "tag 0x24", at: 56)
        ) {
            $0.signedData[2, 1].children = [DERNode(0x24, $0.signedData[2, 1].children)]
        },
        CMSFormVector("an embedded certificate", .certificatesPresent) {
            let certificate = try DERNode(CMSTestMaterial.shared().p256.certificate.der)
            $0.signedData.children.insert(DERNode(0xA0, [certificate]), at: 3)
        },
        CMSFormVector("an empty set of certificates", .certificatesPresent) {
            $0.signedData.children.insert(DERNode(0xA0, [DERNode]()), at: 3)
        },
        CMSFormVector("a revocation list", .revocationListsPresent) {
            $0.signedData.children.insert(DERNode(0xA1, [.empty]), at: 3)
        },
        CMSFormVector("no signer", .signerCount(0)) { $0.signedData[3].children = [] },
        CMSFormVector("a second signer", .signerCount(2)) { $0.signedData[3].children.append($0.signerInfo) },
    ]

    static let signer: [CMSFormVector] = [
        CMSFormVector("another version of the signer", .unsupportedVersion(of: "SignerInfo", expected: 3, got: 1)) {
            $0.signerInfo[0].contents = [1]
        },
        CMSFormVector("a signer named by issuer and serial number", .signerNotNamedByKeyIdentifier) {
            $0.signerInfo[1] = DERNode(0x30, [.empty, DERNode(0x02, [1])])
        },
        CMSFormVector("a short key identifier", .keyIdentifierLength(19)) {
            _ = $0.signerInfo[1].contents.removeLast()
        },
        CMSFormVector("no signed attributes", .signedAttributesMissing) { _ = $0.signerInfo.children.remove(at: 3) },
        CMSFormVector(
            "another signature algorithm",
            .unsupportedAlgorithm(for: "signature", got: "1.2.840.10045.4.3.3")
        ) {
            $0.signerInfo[4, 0] = .oid("1.2.840.10045.4.3.3")
        },
        CMSFormVector("signature parameters NULL", .algorithmParameters(of: "signature")) {
            $0.signerInfo[4].children.append(.null)
        },
        CMSFormVector("a high s", .highS) {
            $0.signerInfo[5].contents = try Self.withHighS($0.signerInfo[5].contents)
        },
        CMSFormVector("a signature that is not DER", .malformedSignature) { $0.signerInfo[5].contents.append(0) },
        CMSFormVector("an unsigned attribute", .unsignedAttributesPresent) {
            $0.signerInfo.children.append(DERNode(0xA1, [$0.signedAttributes[0]]))
        },
        CMSFormVector("an empty set of unsigned attributes", .unsignedAttributesPresent) {
            $0.signerInfo.children.append(DERNode(0xA1, [DERNode]()))
        },
    ]

    static let attributes: [CMSFormVector] = [
        CMSFormVector("attributes out of order", .setOutOfOrder(of: "signed attributes")) {
            $0.signedAttributes.children.swapAt(0, 1)
        },
        CMSFormVector("no contentType", .missingAttribute("contentType"), signed: true) { try $0.remove(.contentType) },
        CMSFormVector("no messageDigest", .missingAttribute("messageDigest"), signed: true) {
            try $0.remove(.messageDigest)
        },
        CMSFormVector("no signingTime", .missingAttribute("signingTime"), signed: true) { try $0.remove(.signingTime) },
        CMSFormVector("no signingCertificateV2", .missingAttribute("signingCertificateV2"), signed: true) {
            try $0.remove(.signingCertificateV2)
        },
        CMSFormVector("an attribute twice", .duplicateAttribute("signingTime"), signed: true) {
            var second = try $0.attribute(.signingTime)
            second[1, 0].contents = Array("300101000000Z".utf8)
            $0.signedAttributes.children.append(second)
        },
        CMSFormVector("an attribute with two values", .attributeValueCount("signingTime", 2), signed: true) {
            try $0.change(.signingTime) { $0[1].children.append(DERNode(0x17, Array("990101000000Z".utf8))) }
        },
        CMSFormVector("an attribute without a value", .attributeValueCount("securityLabel", 0), signed: true) {
            try $0.change(.securityLabel) { $0[1].children = [] }
        },
        CMSFormVector("an attribute that nobody expects", .unexpectedAttribute("`1.2.840.113549.1.9.15`"), signed: true)
        {
            $0.signedAttributes.children.append(
                DERNode(0x30, [.oid("1.2.840.113549.1.9.15"), DERNode(0x31, [.empty])])
            )
        },
        CMSFormVector(
            "another signed content type",
            .contentTypeMismatch(encapsulated: "1.2.840.113549.1.7.1", signed: "1.2.3"),
            signed: true
        ) {
            try $0.change(.contentType) { $0[1, 0] = .oid("1.2.3") }
        },
        CMSFormVector("a digest that is no octet string", .malformedAttribute("messageDigest"), signed: true) {
            try $0.change(.messageDigest) { $0[1, 0].tag = 0x0C }
        },
        CMSFormVector("a time that no calendar has", .malformedAttribute("signingTime"), signed: true) {
            try $0.change(.signingTime) { $0[1, 0].contents = Array("260230000000Z".utf8) }
        },
        CMSFormVector(
            "a certificate hash with its default algorithm spelled out",
            .malformedAttribute("signingCertificateV2"),
            signed: true
        ) {
            try $0.change(.signingCertificateV2) {
                $0[1, 0, 0, 0].children.insert(DERNode(0x30, [.oid("2.16.840.1.101.3.4.2.1")]), at: 0)
            }
        },
        CMSFormVector("two certificate hashes", .malformedAttribute("signingCertificateV2"), signed: true) {
            try $0.change(.signingCertificateV2) { $0[1, 0, 0].children.append($0[1, 0, 0, 0]) }
        },
        CMSFormVector("a label with categories", .malformedAttribute("securityLabel"), signed: true) {
            try $0.change(.securityLabel) { $0[1, 0].children.append(DERNode(0xA0, [.empty])) }
        },
        CMSFormVector("a receipt request to the first tier", .malformedAttribute("receiptRequest"), signed: true) {
            try $0.change(.receiptRequest) { $0[1, 0, 1].contents = [1] }
        },
    ]

    @Test(arguments: shell + signer + attributes)
    func `each deviation from the one form has its own refusal`(vector: CMSFormVector) throws {
        var tree = try SignedDataTree(original)
        try vector.change(&tree)
        if vector.signed {
            try tree.resign(with: material.p256.key)
        }
        #expect(tree.der != original)
        let error = #expect(throws: CMSFormError.self) { try CMSSignedMessage(der: tree.der) }
        #expect(error == vector.error)
    }

    @Test func `the original of all deviations is accepted`() throws {
        try CMSSignedMessage(der: SignedDataTree(original).der).verify(signer: material.p256.certificate)
        var again = try SignedDataTree(original)
        try again.resign(with: material.p256.key)
        try CMSSignedMessage(der: again.der).verify(signer: material.p256.certificate)
    }

    @Test func `a trailing byte, an indefinite length and a long length are refused`() throws {
        #expect(throws: CMSFormError.trailingBytes(at: original.count, count: 1)) {
            try CMSSignedMessage(der: original + [0])
        }
        var inside = try SignedDataTree(original)
        inside.signedData.children.append(DERNode(0x04, [1]))
        #expect(throws: CMSFormError.trailingBytes(at: original.count, count: 3)) {
            try CMSSignedMessage(der: inside.der)
        }
        // SEQUENCE with a length of two octets: 30 82 hi lo.
        #expect(original[1] == 0x82)
        let indefinite = [0x30, 0x80] + original[4...] + [0, 0]
        #expect(throws: CMSFormError.indefiniteLength(at: 1)) { try CMSSignedMessage(der: indefinite) }
        let long = [0x30, 0x83, 0] + original[2...]
        #expect(throws: CMSFormError.nonMinimalLength(at: 1)) { try CMSSignedMessage(der: Array(long)) }
        #expect(throws: CMSFormError.truncated(at: 0, missing: 2)) { try CMSSignedMessage(der: []) }
    }

    /// What `openssl cms -sign` writes with other options than ours, each a valid signature.
    static let foreign: [(options: [String], error: CMSFormError)] = [
        (["-keyid", "-cades", "-md", "sha256", "-nodetach"], .certificatesPresent),
        (
            ["-nocerts", "-cades", "-md", "sha256", "-nodetach"],
            .unsupportedVersion(of: "SignedData", expected: 3, got: 1)
        ),
        (
            ["-keyid", "-nocerts", "-cades", "-md", "sha1", "-nodetach"],
            .unsupportedAlgorithm(for: "digest", got: "1.3.14.3.2.26")
        ),
        (["-keyid", "-nocerts", "-cades", "-md", "sha256"], .detachedContent),
        (["-keyid", "-nocerts", "-md", "sha256", "-nodetach", "-noattr"], .signedAttributesMissing),
        (
            ["-keyid", "-nocerts", "-md", "sha256", "-nodetach", "-nosmimecap"],
            .missingAttribute("signingCertificateV2")
        ),
        (
            ["-keyid", "-nocerts", "-cades", "-md", "sha256", "-nodetach"],
            .unexpectedAttribute("`1.2.840.113549.1.9.15`")
        ),
        (
            ["-keyid", "-nocerts", "-cades", "-md", "sha384", "-nodetach", "-nosmimecap"],
            .malformedAttribute("signingCertificateV2")
        ),
        (
            ["-keyid", "-nocerts", "-md", "sha256", "-nodetach", "-nosmimecap", "-econtent_type", "1.2.3"],
            .wrongContentType(expected: "1.2.840.113549.1.7.1", got: "1.2.3")
        ),
        (["-keyid", "-nocerts", "-md", "sha256", "-nodetach", "-nosmimecap", "-stream"], .indefiniteLength(at: 1)),
        (
            [
                "-keyid", "-nocerts", "-md", "sha256", "-nodetach", "-nosmimecap", "-signer", "other.pem", "-inkey",
                "other.key",
            ], .signerCount(2)
        ),
    ]

    @Test(arguments: foreign)
    func `what the openssl command signs in another form is refused`(options: [String], error: CMSFormError) throws {
        let der = try material.openssl(
            [
                "cms", "-sign", "-binary", "-outform", "DER", "-in", "content", "-signer", "p256.pem", "-inkey",
                "p256.key",
            ]
                + options,
            files: ["content": Array("content".utf8)]
        )
        #expect(throws: error) { try CMSSignedMessage(der: der) }
    }

    /// The other signature of the same bytes: (r, n - s).
    static func withHighS(_ signature: [UInt8]) throws -> [UInt8] {
        var node = try DERNode(signature)
        var low = node[1].contents
        low.insert(contentsOf: repeatElement(0, count: 32 - min(low.count, 32)), at: 0)
        low = low.suffix(32)
        let order = try #require(KeyAlgorithm.p256.groupOrder)
        var high = order
        var borrow = 0
        for index in (0..<32).reversed() {
            let value = Int(order[index]) - Int(low[index]) - borrow
            borrow = value < 0 ? 1 : 0
            high[index] = UInt8(truncatingIfNeeded: value)
        }
        node[1].contents = [0] + high
        return node.der
    }
}

extension SignedDataTree {
    func attribute(_ type: ObjectIdentifier) throws -> DERNode {
        signedAttributes[try #require(index(of: type))]
    }

    mutating func remove(_ type: ObjectIdentifier) throws {
        signedAttributes.children.remove(at: try #require(index(of: type)))
    }

    mutating func change(_ type: ObjectIdentifier, _ body: (inout DERNode) -> Void) throws {
        body(&signedAttributes[try #require(index(of: type))])
    }
}
