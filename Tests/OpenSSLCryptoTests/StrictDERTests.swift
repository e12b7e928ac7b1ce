import Testing

@testable import OpenSSLCrypto

@Suite struct StrictDERTests {
    @Test(arguments: [
        "3000", "0500", "020100", "02017f", "02020080", "0201ff", "0101ff", "030100", "030205a0", "06032b6570",
        "0c0161",
        "310602010102010a", "a003020101", "8000", "3003020101", "30050c03616263", "0a0103",
    ])
    func `DER is accepted`(hex: String) throws {
        #expect(DERForm.isOneElement(try #require(HexText.bytes(hex)), booleansDefaultToFalse: true))
    }

    @Test(arguments: [
        "", "30", "3001", "300000", "30800000", "308100", "30820000", "0c81016100", "0200", "02020001", "0202ffff",
        "010101", "010100", "0100", "0300", "030108", "030101", "030205a1", "0501ff", "0600", "0603800100", "06028180",
        "310602010a020101", "a0030201", "2403040161", "1f0100", "3003020200", "30020001", "0000", "0d8100",
    ])
    func `BER and broken encodings are refused`(hex: String) throws {
        #expect(!DERForm.isOneElement(try #require(HexText.bytes(hex)), booleansDefaultToFalse: true))
    }

    @Test func `only the reader's rule decides about false`() throws {
        #expect(DERForm.isOneElement([1, 1, 0], booleansDefaultToFalse: false))
        #expect(!DERForm.isOneElement([1, 1, 1], booleansDefaultToFalse: false))
    }

    @Test func `deep nesting is refused and does no harm`() {
        var bytes: [UInt8] = [0x05, 0x00]
        for _ in 0..<31 { bytes = DERWriter.sequence(bytes) }
        #expect(DERForm.isOneElement(bytes, booleansDefaultToFalse: true))
        #expect(!DERForm.isOneElement(DERWriter.sequence(bytes), booleansDefaultToFalse: true))
        for _ in 0..<5_000 { bytes = DERWriter.sequence(bytes) }
        #expect(!DERForm.isOneElement(bytes, booleansDefaultToFalse: true))
    }

    @Test(arguments: [0, 1, 127, 128, 255, 256, 65_535, 65_536]) func `lengths are written in the minimal form`(
        count: Int
    ) {
        let bytes = DERWriter.element(tag: 0x04, [UInt8](repeating: 1, count: count))
        var slice = DERSlice(bytes[...])
        #expect(slice.contents(tag: 0x04)?.count == count)
        #expect(slice.isEmpty)
    }
}

@Suite struct HostileBytesTests {
    let partner: TestPartner

    init() throws {
        partner = try TestPartner(host: "gbr.example")
    }

    @Test func `no truncation of a certificate, list or request is accepted`() throws {
        let certificate = try partner.issueNode().der
        let list = try partner.revocationLists(revoked: [partner.intermediate])[0].der
        let request = try CertificateRequest(commonName: "one", key: partner.rootKey).der
        for count in 0..<certificate.count {
            #expect(throws: OpenSSLError.self) { try Certificate(der: Array(certificate.prefix(count))) }
        }
        for count in 0..<list.count {
            #expect(throws: OpenSSLError.self) { try CertificateRevocationList(der: Array(list.prefix(count))) }
        }
        for count in 0..<request.count {
            #expect(throws: OpenSSLError.self) { try CertificateRequest(der: Array(request.prefix(count))) }
        }
        #expect(throws: OpenSSLError.self) { try Certificate(der: certificate + [0]) }
        #expect(throws: OpenSSLError.self) { try CertificateRevocationList(der: list + [0]) }
        #expect(throws: OpenSSLError.self) { try Certificate(der: list) }
        #expect(throws: OpenSSLError.self) { try CertificateRevocationList(der: certificate) }
    }

    @Test func `no flipped bit yields an accepted chain`() throws {
        let node = try partner.issueNode()
        let verifier = try partner.verifier()
        var parsed = 0
        for bit in 0..<(node.der.count * 8) {
            var der = node.der
            der[bit / 8] ^= 1 << (bit % 8)
            guard let changed = try? Certificate(der: der) else { continue }
            parsed += 1
            #expect(changed.der == der)
            let verdict = verifier.verify(changed, purpose: .tlsClient, at: TestPartner.now)
            #expect(verdict.refusal != nil, "bit \(bit)")
        }
        // Names, times, numbers and the signature may hold anything; if next to nothing parsed, this test would prove nothing.
        #expect(parsed > 1_000)
    }

    @Test func `no flipped bit in a list hides a revocation`() throws {
        let node = try partner.issueNode()
        let lists = try partner.revocationLists(revoked: [node])
        for bit in 0..<(lists[1].der.count * 8) {
            var der = lists[1].der
            der[bit / 8] ^= 1 << (bit % 8)
            guard let changed = try? CertificateRevocationList(der: der) else { continue }
            #expect(!changed.isSigned(by: partner.intermediate), "bit \(bit)")
            let verifier = try ChainVerifier(
                roots: [partner.root],
                intermediates: [partner.intermediate],
                revocationLists: [lists[0], changed]
            )
            #expect(verifier.verify(node, purpose: .any, at: TestPartner.now).refusal != nil, "bit \(bit)")
        }
    }

    @Test func `noise is refused`() throws {
        for count in [1, 2, 16, 300, 5_000] {
            for _ in 0..<40 {
                let noise = try SecureRandom.bytes(count)
                #expect(throws: OpenSSLError.self) { try Certificate(der: noise) }
                #expect(throws: OpenSSLError.self) { try CertificateRevocationList(der: noise) }
                #expect(throws: OpenSSLError.self) { try PublicKey(subjectPublicKeyInfo: noise) }
                #expect(throws: OpenSSLError.self) { try PrivateKey(pem: noise) }
                #expect(throws: OpenSSLError.self) { try Certificate.parse(pem: noise) }
            }
        }
    }

    @Test func `BER inside a name or an extension is refused`() throws {
        let der = try partner.issueNode().der
        // A BOOLEAN TRUE of 0x01 instead of 0xff in front of a critical extension.
        let critical: [UInt8] = [0x01, 0x01, 0xff]
        let place = try #require(der.indices.first { der[$0...].starts(with: critical) })
        var changed = der
        changed[place + 2] = 0x01
        #expect(throws: OpenSSLError.self) { try Certificate(der: changed) }
        changed[place + 2] = 0x00
        #expect(throws: OpenSSLError.self) { try Certificate(der: changed) }
    }
}

@Suite struct FoundationsTests {
    @Test func `an error shows its operation and drained reasons, and the queue is empty afterwards`() throws {
        let error = #expect(throws: OpenSSLError.self) { try Certificate(der: [0x30, 0x00]) }
        #expect(error?.operation == "parse certificate")
        #expect(error?.reasons.isEmpty == false)
        #expect(error?.description.hasPrefix("parse certificate failed: ") == true)
        #expect(OpenSSLErrorQueue.drain().isEmpty)
        #expect(OpenSSLError(operation: "x", reasons: []).description == "x failed")
        #expect(OpenSSLError(operation: "x", reasons: ["a", "b"]).description == "x failed: a; b")
    }

    @Test func `refusals leave no stale error behind`() throws {
        let key = try PrivateKey.generate(.p256)
        #expect(!key.publicKey.isValidSignature([0x30, 6, 2, 1, 1, 2, 1, 1], for: []))
        #expect(OpenSSLErrorQueue.drain().isEmpty)
        let partner = try TestPartner(host: "gbr.example")
        let verdict = try ChainVerifier(roots: [], intermediates: [], revocationLists: [])
            .verify(partner.issueNode(), purpose: .any, at: 0)
        #expect(verdict.refusal?.code == .unknownIssuer)
        #expect(OpenSSLErrorQueue.drain().isEmpty)
    }

    @Test func `random bytes have the asked length and differ`() throws {
        #expect(try SecureRandom.bytes(0).isEmpty)
        #expect(try SecureRandom.bytes(33).count == 33)
        #expect(try SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }

    @Test func `equality in constant time is equality`() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2], [1, 2]))
        #expect(!constantTimeEqual([1, 2], [1, 3]))
        #expect(!constantTimeEqual([1, 2], [1]))
    }

    @Test(arguments: [0, 1, 47, 48, 49, 96, 1_000]) func `PEM text round trips`(count: Int) throws {
        let bytes = try [UInt8(count & 0xff)] + SecureRandom.bytes(count)
        let text = PEMBlock.text(label: "THING", bytes: bytes)
        #expect(text.split(separator: UInt8(ascii: "\n")).allSatisfy { $0.count <= 64 })
        let blocks = try PEMBlock.parse(text + text, operation: "read")
        #expect(blocks.map(\.bytes) == [bytes, bytes])
        #expect(blocks.map(\.label) == ["THING", "THING"])
    }

    @Test func `one verifier serves many tasks at once`() async throws {
        let partner = try TestPartner(host: "gbr.example")
        let good = try partner.issueNode()
        let bad = try partner.issueNode()
        let verifier = try partner.verifier(revoked: [bad])
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<50).allSatisfy { _ in
                        verifier.verify(good, purpose: .tlsClient, at: TestPartner.now).chain != nil
                            && verifier.verify(bad, purpose: .tlsClient, at: TestPartner.now).refusal?.code == .revoked
                    }
                }
            }
            for await agrees in group { #expect(agrees) }
        }
    }
}
