import Testing

@testable import OpenSSLCrypto

@Suite struct CMSSignedMessageTests {
    static let content = Array(#"{"id":"0199aabb","version":1}"#.utf8)
    let material: CMSTestMaterial

    init() throws { material = try CMSTestMaterial.shared() }

    private func signed(by holder: CMSTestMaterial.Holder) throws -> [UInt8] {
        try holder.signer.sign(
            Self.content,
            signingTime: CMSTestMaterial.signingTime,
            attributes: CMSTestMaterial.attributes
        )
    }

    @Test(arguments: [KeyAlgorithm.p256, .p384])
    func `a signed message says what was signed, by which key and when`(algorithm: KeyAlgorithm) throws {
        let holder = material.holder(algorithm)
        let message = try CMSSignedMessage(der: signed(by: holder))
        try message.verify(signer: holder.certificate)
        #expect(message.content == Self.content)
        #expect(message.signerKeyIdentifier == holder.key.publicKey.keyIdentifier)
        #expect(message.signingTime == CMSTestMaterial.signingTime)
        #expect(message.attribute(CMSAttribute.securityLabelOID) == CMSTestMaterial.label?.der)
        #expect(message.attribute(CMSAttribute.receiptRequestOID) == CMSTestMaterial.request?.der)
        #expect(message.attribute("1.2.3") == nil)
        #expect(message.attributeOIDs.count == 6)
    }

    @Test func `an empty content and a large one are signed and verified`() throws {
        for count in [0, 1, 127, 128, 1 << 20] {
            let content = [UInt8](repeating: 0x0A, count: count)
            let der = try material.p256.signer.sign(content, signingTime: 0)
            let message = try CMSSignedMessage(der: der)
            try message.verify(signer: material.p256.certificate)
            #expect(message.content == content)
        }
    }

    @Test(arguments: [KeyAlgorithm.p256, .p384])
    func `the openssl command verifies a signed message as CAdES`(algorithm: KeyAlgorithm) throws {
        let holder = material.holder(algorithm)
        let output = try material.openssl(
            [
                "cms", "-verify", "-cades", "-certfile", "\(holder.name).pem", "-CAfile", "root.pem", "-binary",
                "-inform", "DER", "-in", "message.der",
            ],
            files: ["message.der": signed(by: holder)]
        )
        #expect(output == Self.content)
    }

    @Test(arguments: [KeyAlgorithm.p256, .p384])
    func `the openssl command writes a signed message back byte for byte`(algorithm: KeyAlgorithm) throws {
        let der = try signed(by: material.holder(algorithm))
        let output = try material.openssl(
            ["cms", "-cmsout", "-inform", "DER", "-outform", "DER", "-in", "message.der"],
            files: ["message.der": der]
        )
        #expect(output == der)
    }

    @Test func `tasks sign and verify side by side with one certificate`() async throws {
        let holder = material.p256
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let der = try holder.signer.sign([UInt8(number)], signingTime: Int64(number))
                    let message = try CMSSignedMessage(der: der)
                    try message.verify(signer: holder.certificate)
                    #expect(message.content == [UInt8(number)])
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `every signature has a low s`() throws {
        for _ in 0..<40 {
            let der = try signed(by: material.p256)
            let signature = try ECDSASignature(der: SignedDataTree(der).signerInfo[5].contents, algorithm: .p256)
            #expect(signature?.hasLowS == true)
        }
    }

    @Test func `a signature is bound to content, attributes, key and certificate`() throws {
        let der = try signed(by: material.p256)
        let message = try CMSSignedMessage(der: der)
        #expect(throws: CMSFormError.signerKeyIdentifierMismatch) {
            try message.verify(signer: material.other.certificate)
        }

        var content = try SignedDataTree(der)
        content.signedData[2, 1, 0].contents[0] ^= 1
        try expectRefusal(.messageDigestMismatch, verifying: content.der)

        var attribute = try SignedDataTree(der)
        let time = try #require(attribute.index(of: .signingTime))
        attribute.signedAttributes[time, 1, 0].contents[11] ^= 1
        try expectRefusal(.invalidSignature, verifying: attribute.der)

        var certificate = try SignedDataTree(der)
        let hash = try #require(certificate.index(of: .signingCertificateV2))
        certificate.signedAttributes[hash, 1, 0, 0, 0, 0].contents = Array(repeating: 7, count: 32)
        try certificate.resign(with: material.p256.key)
        try expectRefusal(.signingCertificateMismatch, verifying: certificate.der)

        var algorithm = try SignedDataTree(der)
        let foreign = try SignedDataTree(signed(by: material.p384))
        algorithm.signedData[1] = foreign.signedData[1]
        algorithm.signerInfo[2] = foreign.signerInfo[2]
        algorithm.signerInfo[4] = foreign.signerInfo[4]
        try expectRefusal(.signerKeyAlgorithmMismatch, verifying: algorithm.der)
    }

    private func expectRefusal(_ error: CMSFormError, verifying der: [UInt8]) throws {
        let message = try CMSSignedMessage(der: der)
        #expect(throws: error) { try message.verify(signer: material.p256.certificate) }
    }

    @Test func `a signer refuses what would not be accepted`() throws {
        let foreignKey = CMSSigner(certificate: material.p256.certificate, key: material.other.key)
        #expect(throws: OpenSSLError.self) { try foreignKey.sign([1], signingTime: 0) }
        let logKey = CMSSigner(certificate: material.p256.certificate, key: try .generate(.ed25519))
        #expect(throws: OpenSSLError.self) { try logKey.sign([1], signingTime: 0) }
        let label = try #require(CMSTestMaterial.label)
        let refused: [[CMSAttribute]] = [
            [label.attribute, label.attribute],
            [CMSAttribute(oid: "1.2.3.4", der: [0x30, 0])],
            [CMSAttribute(oid: "no oid", der: [0x30, 0])],
            [CMSAttribute(oid: CMSAttribute.securityLabelOID, der: [0x30, 0])],
            [CMSAttribute(oid: CMSAttribute.securityLabelOID, der: label.der + [0])],
            [CMSAttribute(oid: CMSAttribute.receiptRequestOID, der: [])],
        ]
        for attributes in refused {
            #expect(throws: OpenSSLError.self) {
                try material.p256.signer.sign([1], signingTime: 0, attributes: attributes)
            }
        }
        for time in [Int64.min, -631_152_001, 253_402_300_800, .max] {
            #expect(throws: OpenSSLError.self) { try material.p256.signer.sign([1], signingTime: time) }
        }
    }
}
