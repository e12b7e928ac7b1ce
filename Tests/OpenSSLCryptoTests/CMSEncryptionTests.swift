import Testing

@testable import OpenSSLCrypto

@Suite struct CMSEncryptionTests {
    static let plaintext = Array("the convoy sails at dawn".utf8)
    let material: CMSTestMaterial

    init() throws { material = try CMSTestMaterial.shared() }

    @Test func `every recipient opens the message, in both curves and any number`() throws {
        let groups = [
            [material.p256], [material.p384], [material.p256, material.p384, material.other, material.other384],
        ]
        for group in groups {
            let der = try CMSEncryption.encrypt(Self.plaintext, to: group.map(\.certificate))
            let names = try CMSEncryption.recipients(of: der)
            #expect(Set(names) == Set(group.map(\.key.publicKey.keyIdentifier)))
            #expect(names.count == group.count)
            for holder in group {
                #expect(
                    try CMSEncryption.decrypt(der, certificate: holder.certificate, key: holder.key) == Self.plaintext
                )
                let opened = try material.openssl(
                    [
                        "cms", "-decrypt", "-binary", "-inform", "DER", "-in", "message.der", "-recip",
                        "\(holder.name).pem",
                        "-inkey", "\(holder.name).key",
                    ],
                    files: ["message.der": der]
                )
                #expect(opened == Self.plaintext)
            }
        }
    }

    @Test func `the openssl command writes an encrypted message back byte for byte`() throws {
        let der = try CMSEncryption.encrypt(
            Self.plaintext,
            to: [material.p384.certificate, material.other.certificate, material.p256.certificate]
        )
        let output = try material.openssl(
            ["cms", "-cmsout", "-inform", "DER", "-outform", "DER", "-in", "message.der"],
            files: ["message.der": der]
        )
        #expect(output == der)
    }

    @Test func `every length survives, and the ciphertext is as long as the plaintext`() throws {
        for count in [0, 1, 15, 16, 17, 4095, 4096, 4097, 100_000] {
            let plaintext = [UInt8](repeating: 0x5A, count: count)
            let der = try CMSEncryption.encrypt(plaintext, to: [material.p256.certificate])
            #expect(try AuthEnvelopedDataForm(der: der).ciphertext.count == count)
            #expect(
                try CMSEncryption.decrypt(der, certificate: material.p256.certificate, key: material.p256.key)
                    == plaintext
            )
        }
    }

    @Test func `two encryptions of one plaintext share neither key nor nonce`() throws {
        let first = try DERNode(CMSEncryption.encrypt(Self.plaintext, to: [material.p256.certificate]))
        let second = try DERNode(CMSEncryption.encrypt(Self.plaintext, to: [material.p256.certificate]))
        for path in [[1, 0, 1, 0, 1], [1, 0, 1, 0, 3], [1, 0, 2, 1, 1, 0], [1, 0, 2, 2], [1, 0, 3]] {
            #expect(path.reduce(first) { $0.children[$1] } != path.reduce(second) { $0.children[$1] })
        }
    }

    @Test func `recipients that cannot be addressed are refused`() throws {
        #expect(throws: OpenSSLError.self) { try CMSEncryption.encrypt([1], to: []) }
        #expect(throws: OpenSSLError.self) {
            try CMSEncryption.encrypt([1], to: [material.p256.certificate, material.p256.certificate])
        }
    }

    @Test func `nobody but a recipient opens the message`() throws {
        let der = try CMSEncryption.encrypt(Self.plaintext, to: [material.p256.certificate])
        #expect(throws: OpenSSLError.self) {
            try CMSEncryption.decrypt(der, certificate: material.other.certificate, key: material.other.key)
        }
        #expect(throws: OpenSSLError.self) {
            try CMSEncryption.decrypt(der, certificate: material.p256.certificate, key: material.other.key)
        }
    }

    @Test func `a changed nonce, ciphertext, tag or wrapped key gives no plaintext`() throws {
        let der = try CMSEncryption.encrypt(Self.plaintext, to: [material.p256.certificate])
        let changes: [(inout DERNode) -> Void] = [
            { $0[1, 0, 2, 1, 1, 0].contents[0] ^= 1 },
            { $0[1, 0, 2, 2].contents[0] ^= 1 },
            { $0[1, 0, 2, 2].contents.removeLast() },
            { $0[1, 0, 2, 2].contents.append(0) },
            { $0[1, 0, 3].contents[15] ^= 1 },
            { $0[1, 0, 1, 0, 3, 0, 1].contents[39] ^= 1 },
        ]
        for change in changes {
            var tree = try DERNode(der)
            change(&tree)
            #expect(try CMSEncryption.recipients(of: tree.der) == [material.p256.key.publicKey.keyIdentifier])
            #expect(throws: OpenSSLError.self) {
                try CMSEncryption.decrypt(tree.der, certificate: material.p256.certificate, key: material.p256.key)
            }
        }
    }
}
