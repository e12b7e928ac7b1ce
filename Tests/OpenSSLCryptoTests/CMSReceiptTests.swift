import Testing

@testable import OpenSSLCrypto

@Suite struct CMSReceiptTests {
    let material: CMSTestMaterial
    let message: CMSSignedMessage

    init() throws {
        material = try CMSTestMaterial.shared()
        message = try Self.message(by: material.p256, attributes: CMSTestMaterial.attributes)
    }

    private static func message(
        by holder: CMSTestMaterial.Holder,
        attributes: [CMSAttribute],
        content: String = "content"
    ) throws -> CMSSignedMessage {
        try CMSSignedMessage(
            der: holder.signer.sign(
                Array(content.utf8),
                signingTime: CMSTestMaterial.signingTime,
                attributes: attributes
            )
        )
    }

    private func receipt(for message: CMSSignedMessage, by holder: CMSTestMaterial.Holder) throws -> [UInt8] {
        try CMSReceipt.sign(
            for: message,
            certificate: holder.certificate,
            key: holder.key,
            signingTime: CMSTestMaterial.signingTime + 60
        )
    }

    @Test(arguments: [KeyAlgorithm.p256, .p384], [KeyAlgorithm.p256, .p384])
    func `a receipt verifies for its message and its signer, here and with openssl`(
        originator: KeyAlgorithm,
        recipient: KeyAlgorithm
    ) throws {
        let message = try Self.message(by: material.holder(originator), attributes: CMSTestMaterial.attributes)
        let signer = recipient == .p256 ? material.other : material.other384
        let der = try receipt(for: message, by: signer)
        let receipt = try CMSReceipt(der: der)
        try receipt.verify(for: message, signer: signer.certificate)
        try CMSReceipt.verify(der, for: message, signer: signer.certificate)
        #expect(receipt.signerKeyIdentifier == signer.key.publicKey.keyIdentifier)
        #expect(receipt.signingTime == CMSTestMaterial.signingTime + 60)

        try material.openssl(
            [
                "cms", "-verify_receipt", "receipt.der", "-rctform", "DER", "-inform", "DER", "-in", "message.der",
                "-certfile", "\(signer.name).pem", "-CAfile", "root.pem",
            ],
            files: ["receipt.der": der, "message.der": message.der]
        )
    }

    @Test func `a receipt in the form that openssl signs is refused`() throws {
        let der = try material.openssl(
            [
                "cms", "-sign_receipt", "-inform", "DER", "-in", "message.der", "-signer", "other.pem", "-inkey",
                "other.key",
                "-keyid", "-nocerts", "-nosmimecap", "-certfile", "p256.pem", "-CAfile", "root.pem", "-outform", "DER",
            ],
            files: ["message.der": message.der]
        )
        #expect(throws: CMSFormError.certificatesPresent) { try CMSReceipt(der: der) }
    }

    @Test func `a receipt counts for one message only`() throws {
        let der = try receipt(for: message, by: material.other)
        let again = try Self.message(by: material.p256, attributes: CMSTestMaterial.attributes)
        #expect(throws: CMSFormError.receiptForOtherSignature) {
            try CMSReceipt.verify(der, for: again, signer: material.other.certificate)
        }
        let label = try #require(CMSTestMaterial.label)
        let other = try #require(
            ESSReceiptRequest(contentIdentifier: [1], receiptsTo: "spiffe://gbr.example/mailbox/a")
        )
        let elsewhere = try Self.message(by: material.p256, attributes: [label.attribute, other.attribute])
        #expect(throws: CMSFormError.receiptForOtherIdentifier) {
            try CMSReceipt.verify(der, for: elsewhere, signer: material.other.certificate)
        }
        let unrequested = try Self.message(by: material.p256, attributes: [])
        #expect(throws: CMSFormError.receiptNotRequested) {
            try CMSReceipt.verify(der, for: unrequested, signer: material.other.certificate)
        }
        #expect(throws: OpenSSLError.self) { try receipt(for: unrequested, by: material.other) }
    }

    @Test func `a receipt by somebody else, or changed and signed anew, is refused`() throws {
        let der = try receipt(for: message, by: material.other)
        #expect(throws: CMSFormError.signerKeyIdentifierMismatch) {
            try CMSReceipt.verify(der, for: message, signer: material.p256.certificate)
        }
        var digest = try SignedDataTree(der)
        try digest.change(.messageSignatureDigest) { $0[1, 0].contents[0] ^= 1 }
        #expect(throws: CMSFormError.invalidSignature) {
            try CMSReceipt.verify(digest.der, for: message, signer: material.other.certificate)
        }
        try digest.resign(with: material.other.key)
        #expect(throws: CMSFormError.receiptForOtherAttributes) {
            try CMSReceipt.verify(digest.der, for: message, signer: material.other.certificate)
        }
    }

    @Test func `the content of a receipt has one form`() throws {
        let der = try receipt(for: message, by: material.other)
        let content = try DERNode(SignedDataTree(der).signedData[2, 1, 0].contents)
        var version = content
        version[0].contents = [2]
        var type = content
        type[1] = .oid("1.2.3")
        var trailing = content
        trailing.children.append(.null)
        let vectors: [([UInt8], CMSFormError)] = [
            (version.der, .unsupportedVersion(of: "Receipt", expected: 1, got: 2)),
            (type.der, .receiptForOtherContent),
            (trailing.der, .trailingBytes(at: content.der.count, count: 2)),
            (content.der + [0], .trailingBytes(at: content.der.count, count: 1)),
        ]
        for (said, error) in vectors {
            // Everything is signed properly; only what is said is wrong.
            var tree = try SignedDataTree(der)
            tree.signedData[2, 1, 0].contents = said
            let digest = SHA256Digest.hash(said).bytes
            try tree.change(.messageDigest) { $0[1, 0].contents = digest }
            try tree.resign(with: material.other.key)
            #expect(throws: error) { try CMSReceipt.verify(tree.der, for: message, signer: material.other.certificate) }
        }
    }

    @Test func `a message is no receipt and a receipt no message`() throws {
        let der = try receipt(for: message, by: material.other)
        #expect(
            throws: CMSFormError.wrongContentType(expected: "1.2.840.113549.1.7.1", got: "1.2.840.113549.1.9.16.1.1")
        ) {
            try CMSSignedMessage(der: der)
        }
        #expect(
            throws: CMSFormError.wrongContentType(expected: "1.2.840.113549.1.9.16.1.1", got: "1.2.840.113549.1.7.1")
        ) {
            try CMSReceipt(der: message.der)
        }
    }
}
