import Testing

@testable import OpenSSLCrypto

/// One deviation of an AuthEnvelopedData from the accepted form, and the error that names it.
struct CMSEncryptionFormVector: Sendable, CustomTestStringConvertible {
    let name: String
    let error: CMSFormError
    let change: @Sendable (inout DERNode) throws -> Void

    var testDescription: String { name }

    init(_ name: String, _ error: CMSFormError, _ change: @escaping @Sendable (inout DERNode) throws -> Void) {
        self.name = name
        self.error = error
        self.change = change
    }
}

@Suite struct CMSEncryptionFormTests {
    let material: CMSTestMaterial
    /// To one P-256 and one P-384 recipient.
    let original: [UInt8]

    init() throws {
        material = try CMSTestMaterial.shared()
        original = try CMSEncryption.encrypt(
            Array("body".utf8),
            to: [material.p256.certificate, material.p384.certificate]
        )
    }

    static let shell: [CMSEncryptionFormVector] = [
        .init(
            "EnvelopedData without authentication",
            .wrongContentType(expected: "1.2.840.113549.1.9.16.1.23", got: "1.2.840.113549.1.7.3")
        ) {
            $0[0] = .oid("1.2.840.113549.1.7.3")
        },
        .init("another version", .unsupportedVersion(of: "AuthEnvelopedData", expected: 0, got: 2)) {
            $0[1, 0, 0].contents = [2]
        },
        .init("originator information", .originatorInfoPresent) {
            $0[1, 0].children.insert(DERNode(0xA0, [DERNode]()), at: 1)
        },
        .init("another content type", .wrongContentType(expected: "1.2.840.113549.1.7.1", got: "1.2.3")) {
            $0[1, 0, 2, 0] = .oid("1.2.3")
        },
        .init("AES-128-GCM", .unsupportedAlgorithm(for: "content encryption", got: "2.16.840.1.101.3.4.1.6")) {
            $0[1, 0, 2, 1, 0] = .oid("2.16.840.1.101.3.4.1.6")
        },
        .init("AES-256-CBC", .unsupportedAlgorithm(for: "content encryption", got: "2.16.840.1.101.3.4.1.42")) {
            $0[1, 0, 2, 1, 0] = .oid("2.16.840.1.101.3.4.1.42")
        },
        .init("a nonce of 16 bytes", .nonceLength(16)) { $0[1, 0, 2, 1, 1, 0].contents += [0, 0, 0, 0] },
        .init("the default tag length of 12", .tagLength(12)) { _ = $0[1, 0, 2, 1, 1].children.removeLast() },
        .init("a tag length of 13", .tagLength(13)) { $0[1, 0, 2, 1, 1, 1].contents = [13] },
        .init("a short tag", .tagLength(12)) { $0[1, 0, 3].contents.removeLast(4) },
        .init("a detached ciphertext", .detachedContent) { _ = $0[1, 0, 2].children.removeLast() },
        .init("authenticated attributes", .authenticatedAttributesPresent) {
            $0[1, 0].children.insert(DERNode(0xA1, [DERNode]()), at: 3)
        },
        .init("unauthenticated attributes", .unauthenticatedAttributesPresent) {
            $0[1, 0].children.append(DERNode(0xA2, [DERNode]()))
        },
    ]

    static let recipients: [CMSEncryptionFormVector] = [
        .init("no recipients", .noRecipients) { $0[1, 0, 1].children = [] },
        .init("key transport", .recipientNotByKeyAgreement) { $0[1, 0, 1, 0] = .empty },
        .init("a password", .recipientNotByKeyAgreement) { $0[1, 0, 1, 1].tag = 0xA3 },
        .init("recipients out of order", .setOutOfOrder(of: "recipients")) { $0[1, 0, 1].children.swapAt(0, 1) },
        .init("another version of a recipient", .unsupportedVersion(of: "KeyAgreeRecipientInfo", expected: 3, got: 4)) {
            $0[1, 0, 1, 0, 0].contents = [4]
        },
        .init("an originator named by key identifier", .originatorKeyNotEphemeral) {
            $0[1, 0, 1, 0, 1].children = [DERNode(0x80, [UInt8](repeating: 1, count: 20))]
        },
        .init("an ephemeral key of another type", .unsupportedAlgorithm(for: "ephemeral key", got: "1.3.101.110")) {
            $0[1, 0, 1, 0, 1, 0, 0, 0] = .oid("1.3.101.110")
        },
        .init("an ephemeral key that spells out its curve", .algorithmParameters(of: "ephemeral key")) {
            $0[1, 0, 1, 0, 1, 0, 0].children.append(.oid("1.2.840.10045.3.1.7"))
        },
        .init("a compressed ephemeral key", .originatorKeyMalformed) { $0[1, 0, 1, 0, 1, 0, 1].contents[1] = 2 },
        .init("an ephemeral key that is no point of the curve", .originatorKeyMalformed) {
            $0[1, 0, 1, 0, 1, 0, 1].contents[2] ^= 1
        },
        .init("a truncated ephemeral key", .originatorKeyMalformed) {
            _ = $0[1, 0, 1, 0, 1, 0, 1].contents.removeLast()
        },
        .init("user keying material", .userKeyingMaterialPresent) {
            $0[1, 0, 1, 0].children.insert(DERNode(0xA1, [DERNode(0x04, [1])]), at: 2)
        },
        .init("key derivation with SHA-1", .unsupportedAlgorithm(for: "key derivation", got: "1.3.133.16.840.63.0.2")) {
            $0[1, 0, 1, 0, 2, 0] = .oid("1.3.133.16.840.63.0.2")
        },
        .init("SHA-384 with P-256", .unsupportedAlgorithm(for: "key derivation", got: "1.3.132.1.11.2")) {
            $0[1, 0, 1, 0, 2, 0] = .oid("1.3.132.1.11.2")
        },
        .init("AES-128 key wrap", .unsupportedAlgorithm(for: "key wrap", got: "2.16.840.1.101.3.4.1.5")) {
            $0[1, 0, 1, 0, 2, 1, 0] = .oid("2.16.840.1.101.3.4.1.5")
        },
        .init("key wrap parameters NULL", .algorithmParameters(of: "key wrap")) {
            $0[1, 0, 1, 0, 2, 1].children.append(.null)
        },
        .init("no encrypted key", .recipientKeyCount(0)) { $0[1, 0, 1, 0, 3].children = [] },
        .init("two encrypted keys", .recipientKeyCount(2)) { $0[1, 0, 1, 0, 3].children.append($0[1, 0, 1, 0, 3, 0]) },
        .init("a recipient named by issuer and serial number", .recipientNotNamedByKeyIdentifier) {
            $0[1, 0, 1, 0, 3, 0, 0] = DERNode(0x30, [.empty, DERNode(0x02, [1])])
        },
        .init("a dated recipient key", .recipientKeyDatePresent) {
            $0[1, 0, 1, 0, 3, 0, 0].children.append(DERNode(0x18, Array("20260101000000Z".utf8)))
        },
        .init("a long key identifier", .keyIdentifierLength(21)) { $0[1, 0, 1, 0, 3, 0, 0, 0].contents.append(0) },
        .init("a short wrapped key", .encryptedKeyLength(24)) { $0[1, 0, 1, 0, 3, 0, 1].contents.removeLast(16) },
    ]

    @Test(arguments: shell + recipients)
    func `each deviation from the one form has its own refusal`(vector: CMSEncryptionFormVector) throws {
        var tree = try DERNode(original)
        // The P-256 recipient is shorter, so it is the first in DER order.
        try vector.change(&tree)
        #expect(tree.der != original)
        #expect(throws: vector.error) { try CMSEncryption.recipients(of: tree.der) }
        #expect(throws: OpenSSLError.self) {
            try CMSEncryption.decrypt(tree.der, certificate: material.p256.certificate, key: material.p256.key)
        }
    }

    @Test func `the original of all deviations is accepted`() throws {
        let names = try CMSEncryption.recipients(of: DERNode(original).der)
        #expect(names == [material.p256, material.p384].map(\.key.publicKey.keyIdentifier))
    }

    @Test func `the same recipient twice is refused`() throws {
        let first = try DERNode(CMSEncryption.encrypt([1], to: [material.p256.certificate]))
        var second = try DERNode(CMSEncryption.encrypt([1], to: [material.p256.certificate]))
        second[1, 0, 1].children.append(first[1, 0, 1, 0])
        #expect(throws: CMSFormError.duplicateRecipient(material.p256.key.publicKey.keyIdentifier.hex)) {
            try CMSEncryption.recipients(of: second.der)
        }
    }

    @Test func `a trailing byte, an indefinite length and a long length are refused`() throws {
        #expect(throws: CMSFormError.trailingBytes(at: original.count, count: 1)) {
            try CMSEncryption.recipients(of: original + [0])
        }
        #expect(original[1] == 0x82)
        #expect(throws: CMSFormError.indefiniteLength(at: 1)) {
            try CMSEncryption.recipients(of: [0x30, 0x80] + original[4...] + [0, 0])
        }
        #expect(throws: CMSFormError.nonMinimalLength(at: 1)) {
            try CMSEncryption.recipients(of: [0x30, 0x83, 0] + original[2...])
        }
    }

    /// What `openssl cms -encrypt` writes with other options than ours.
    static let foreign: [(options: [String], error: CMSFormError)] = [
        (["-aes-256-gcm", "-keyid"], .unsupportedAlgorithm(for: "key derivation", got: "1.3.133.16.840.63.0.2")),
        (["-aes-256-gcm"], .unsupportedAlgorithm(for: "key derivation", got: "1.3.133.16.840.63.0.2")),
        (["-aes-256-gcm", "-keyid", "-stream"], .indefiniteLength(at: 1)),
        (
            ["-aes-256-cbc", "-keyid"],
            .wrongContentType(expected: "1.2.840.113549.1.9.16.1.23", got: "1.2.840.113549.1.7.3")
        ),
    ]

    @Test(arguments: foreign)
    func `what the openssl command encrypts in another form is refused`(options: [String], error: CMSFormError) throws {
        let der = try material.openssl(
            ["cms", "-encrypt", "-binary", "-outform", "DER", "-in", "content"] + options + ["-recip", "p256.pem"],
            files: ["content": Array("content".utf8)]
        )
        #expect(throws: error) { try CMSEncryption.recipients(of: der) }
    }

    @Test(arguments: [("p256", "sha256"), ("p384", "sha384")])
    func `what the openssl command encrypts in our form is opened`(name: String, digest: String) throws {
        let der = try material.openssl(
            [
                "cms", "-encrypt", "-binary", "-outform", "DER", "-in", "content", "-aes-256-gcm", "-keyid",
                "-recip", "\(name).pem", "-keyopt", "ecdh_kdf_md:\(digest)",
            ],
            files: ["content": Array("content".utf8)]
        )
        let holder = name == "p256" ? material.p256 : material.p384
        #expect(
            try CMSEncryption.decrypt(der, certificate: holder.certificate, key: holder.key) == Array("content".utf8)
        )
    }
}
