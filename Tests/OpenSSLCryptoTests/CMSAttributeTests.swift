import Testing

@testable import OpenSSLCrypto

@Suite struct CMSAttributeTests {
    @Test func `a security label has one encoding, members in the order of their tags`() throws {
        let label = try #require(
            ESSSecurityLabel(policyIdentifier: "1.3.26.1.3.1", classification: 4, privacyMark: "GBR SECRET")
        )
        let expected: [UInt8] =
            [0x31, 0x16, 0x02, 1, 4, 0x06, 5, 0x2B, 26, 1, 3, 1, 0x0C, 10] + Array("GBR SECRET".utf8)
        #expect(label.der == expected)
        #expect(try ESSSecurityLabel(der: expected) == label)
    }

    @Test(arguments: [nil, 0, 1, 5, 127, 128, 256], [nil, "R", "GEHEIM – NUR FÜR DEUTSCHLAND"])
    func `a security label round trips`(classification: Int?, mark: String?) throws {
        let label = try #require(
            ESSSecurityLabel(policyIdentifier: "1.2.826.0.1", classification: classification, privacyMark: mark)
        )
        #expect(try ESSSecurityLabel(der: label.der) == label)
    }

    @Test(arguments: [("1", 1, "x"), ("1.2.x", 1, "x"), ("1.2.3", -1, "x"), ("1.2.3", 257, "x"), ("1.2.3", 1, "")])
    func `a label that has no encoding cannot be made`(policy: String, classification: Int, mark: String) {
        #expect(ESSSecurityLabel(policyIdentifier: policy, classification: classification, privacyMark: mark) == nil)
    }

    @Test func `another encoding of a label is refused`() throws {
        let policy = DERNode.oid("1.2.3")
        let level = DERNode(0x02, [4])
        let mark = DERNode(0x0C, Array("x".utf8))
        let vectors: [DERNode] = [
            DERNode(0x31, [policy, level, mark]),
            DERNode(0x31, [level, mark]),
            DERNode(0x31, [level, policy, DERNode(0x13, Array("x".utf8))]),
            DERNode(0x31, [level, policy, DERNode(0x0C, [0xFF])]),
            DERNode(0x31, [level, policy, DERNode(0x0C, [UInt8]())]),
            DERNode(0x31, [DERNode(0x02, [0, 4]), policy, mark]),
            DERNode(0x31, [DERNode(0x02, [1, 1]), policy, mark]),
            DERNode(0x31, [level, policy, mark, mark]),
            DERNode(0x30, [level, policy, mark]),
        ]
        #expect(try ESSSecurityLabel(der: DERNode(0x31, [level, policy, mark]).der).classification == 4)
        for vector in vectors {
            #expect(throws: CMSFormError.self) { try ESSSecurityLabel(der: vector.der) }
        }
        #expect(throws: CMSFormError.self) { try ESSSecurityLabel(der: DERNode(0x31, [policy]).der + [0]) }
    }

    @Test func `openssl asn1parse reads the security label of a signed message`() throws {
        let material = try CMSTestMaterial.shared()
        let label = try #require(
            ESSSecurityLabel(policyIdentifier: "2.25.1", classification: 4, privacyMark: "GBR SECRET//REL TO FRA")
        )
        let printed = try material.openssl(
            ["asn1parse", "-inform", "DER", "-in", "message.der"],
            files: ["message.der": material.p256.signer.sign([1], signingTime: 0, attributes: [label.attribute])]
        )
        let lines = String(decoding: printed, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: ":").dropFirst(3).joined(separator: ":")
        }
        let start = try #require(lines.firstIndex(of: "id-smime-aa-securityLabel"))
        // The attribute's SET of values, the label, and its members in the order of their tags (RFC 2634 3.2).
        #expect(Array(lines[(start + 3)...(start + 5)]) == ["04", "2.25.1", "GBR SECRET//REL TO FRA"])
    }

    @Test func `a receipt request asks everybody and names where to send`() throws {
        let request = try #require(ESSReceiptRequest(contentIdentifier: [1, 2], receiptsTo: "spiffe://a/b"))
        let expected: [UInt8] =
            [0x30, 0x19, 0x04, 2, 1, 2, 0x80, 1, 0, 0x30, 0x10, 0x30, 0x0E, 0x86, 12] + Array("spiffe://a/b".utf8)
        #expect(request.der == expected)
        #expect(try ESSReceiptRequest(der: request.der) == request)
    }

    @Test func `openssl reads the receipt request of a signed message`() throws {
        let material = try CMSTestMaterial.shared()
        let request = try #require(CMSTestMaterial.request)
        let text = try material.opensslDiagnostics(
            [
                "cms", "-verify", "-noverify", "-certfile", "p256.pem", "-binary", "-inform", "DER", "-in",
                "message.der",
                "-receipt_request_print", "-out", "/dev/null",
            ],
            files: ["message.der": material.p256.signer.sign([1], signingTime: 0, attributes: [request.attribute])]
        )
        #expect(text.contains("Receipts From: All"))
        #expect(text.contains("URI:\(request.receiptsTo)"))
    }

    @Test(arguments: ["", "spiffe://a b", "spiffe://ä", "a\u{7F}b"])
    func `a receipt goes to a URI in printable ASCII`(uri: String) {
        #expect(ESSReceiptRequest(contentIdentifier: [1], receiptsTo: uri) == nil)
        #expect(ESSReceiptRequest(contentIdentifier: [], receiptsTo: "spiffe://a") == nil)
    }

    @Test func `another encoding of a receipt request is refused`() throws {
        let request = try #require(ESSReceiptRequest(contentIdentifier: [1], receiptsTo: "spiffe://a"))
        let changes: [(inout DERNode) -> Void] = [
            { $0[0].contents = [] },
            { $0[1].contents = [1] },
            { $0[1].contents = [0, 0] },
            { $0[1].tag = 0xA1 },
            { $0[2].children.append($0[2, 0]) },
            { $0[2, 0].children.append($0[2, 0, 0]) },
            { $0[2, 0].children = [] },
            { $0[2, 0, 0].tag = 0x82 },
            { $0[2, 0, 0].contents = [0x20] },
            { $0.children.append(.null) },
        ]
        for change in changes {
            var tree = try DERNode(request.der)
            change(&tree)
            #expect(throws: CMSFormError.self) { try ESSReceiptRequest(der: tree.der) }
        }
        #expect(throws: CMSFormError.trailingBytes(at: request.der.count, count: 1)) {
            try ESSReceiptRequest(der: request.der + [0])
        }
    }
}
