import Foundation
import TestSupport
import Testing

@testable import OpenSSLCrypto

/// Changes that leave the signature valid for others, and changes of every byte.
@Suite struct CMSMalleabilityTests {
    let material: CMSTestMaterial

    init() throws { material = try CMSTestMaterial.shared() }

    private func signed() throws -> [UInt8] {
        try material.p256.signer.sign(
            Array("content".utf8),
            signingTime: CMSTestMaterial.signingTime,
            attributes: CMSTestMaterial.attributes
        )
    }

    static let respellings: [CMSFormVector] = [
        CMSFormVector("a high s", .highS) {
            $0.signerInfo[5].contents = try CMSSignedMessageFormTests.withHighS($0.signerInfo[5].contents)
        },
        CMSFormVector("an unsigned attribute", .unsignedAttributesPresent) {
            $0.signerInfo.children.append(
                DERNode(0xA1, [DERNode(0x30, [.oid("1.2.3"), DERNode(0x31, [DERNode(0x04, [1])])])])
            )
        },
        CMSFormVector("an embedded certificate", .certificatesPresent) {
            let certificate = try DERNode(CMSTestMaterial.shared().p256.certificate.der)
            $0.signedData.children.insert(DERNode(0xA0, [certificate]), at: 3)
        },
        CMSFormVector("digest parameters NULL", .algorithmParameters(of: "digest")) {
            $0.signedData[1, 0].children.append(.null)
            $0.signerInfo[2].children.append(.null)
        },
        CMSFormVector("a second digest algorithm", .digestAlgorithmCount(2)) {
            $0.signedData[1].children.append(DERNode(0x30, [.oid("2.16.840.1.101.3.4.2.2")]))
        },
    ]

    @Test(arguments: respellings)
    func `openssl verifies the respelled message, and the form refuses it`(vector: CMSFormVector) throws {
        var tree = try SignedDataTree(signed())
        try vector.change(&tree)
        try material.openssl(
            [
                "cms", "-verify", "-cades", "-certfile", "p256.pem", "-CAfile", "root.pem", "-binary", "-inform", "DER",
                "-in", "message.der", "-out", "/dev/null",
            ],
            files: ["message.der": tree.der]
        )
        #expect(throws: vector.error) { try CMSSignedMessage(der: tree.der) }
    }

    @Test func `no bit of a signed message can be changed`() throws {
        let der = try signed()
        try expectEveryBitCounts(der) { changed in
            try CMSSignedMessage(der: changed).verify(signer: material.p256.certificate)
        }
        expectNoPrefix(of: der) { _ = try CMSSignedMessage(der: $0) }
    }

    @Test func `no bit of a receipt can be changed`() throws {
        let message = try CMSSignedMessage(der: signed())
        let holder = material.other384
        let der = try CMSReceipt.sign(
            for: message,
            certificate: holder.certificate,
            key: holder.key,
            signingTime: CMSTestMaterial.signingTime
        )
        try expectEveryBitCounts(der) { changed in
            try CMSReceipt.verify(changed, for: message, signer: holder.certificate)
        }
        expectNoPrefix(of: der) { _ = try CMSReceipt(der: $0) }
    }

    @Test func `no bit of an encrypted message can be changed`() throws {
        let der = try CMSEncryption.encrypt(Array("body".utf8), to: [material.p256.certificate])
        try expectEveryBitCounts(der) { changed in
            _ = try CMSEncryption.decrypt(changed, certificate: material.p256.certificate, key: material.p256.key)
        }
        expectNoPrefix(of: der) { _ = try CMSEncryption.recipients(of: $0) }
    }

    @Test func `nothing can be added anywhere, whatever the signature says`() throws {
        let message = try signed()
        let holder = material.other384
        let receipt = try CMSReceipt.sign(
            for: CMSSignedMessage(der: message),
            certificate: holder.certificate,
            key: holder.key,
            signingTime: CMSTestMaterial.signingTime
        )
        let envelope = try CMSEncryption.encrypt(
            Array("body".utf8),
            to: [material.p256.certificate, material.p384.certificate]
        )
        for longer in try DERNode(message).withOneMoreElementAnywhere {
            #expect(throws: CMSFormError.self) { try CMSSignedMessage(der: longer.der) }
        }
        for longer in try DERNode(receipt).withOneMoreElementAnywhere {
            #expect(throws: CMSFormError.self) { try CMSReceipt(der: longer.der) }
        }
        for longer in try DERNode(envelope).withOneMoreElementAnywhere {
            #expect(throws: CMSFormError.self) { try CMSEncryption.recipients(of: longer.der) }
        }
    }

    @Test func `garbage of any kind is refused`() {
        var generator = SeededGenerator(seed: 0x5EED)
        for round in 0..<20_000 {
            let count = Int.random(in: 0...64, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            // Half of it begins like a ContentInfo of fitting length, to get past the first octets.
            if round % 2 == 0, count > 2 {
                bytes[0] = 0x30
                bytes[1] = UInt8(count - 2)
            }
            expectRefusal("\(bytes)") { _ = try CMSSignedMessage(der: bytes) }
            expectRefusal("\(bytes)") { _ = try CMSReceipt(der: bytes) }
            expectRefusal("\(bytes)") { _ = try CMSEncryption.recipients(of: bytes) }
        }
    }

    @Test func `bytes that are swapped, removed or doubled anywhere are refused`() throws {
        let message = try signed()
        let envelope = try CMSEncryption.encrypt(
            Array("body".utf8),
            to: [material.p256.certificate, material.p384.certificate]
        )
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<3000 {
            for (original, open) in [(message, openMessage), (envelope, openEnvelope)] {
                let changed = Self.mutate(original, using: &generator)
                guard changed != original else { continue }
                expectRefusal("\(changed)") { try open(changed) }
            }
        }
    }

    private func openMessage(_ der: [UInt8]) throws {
        try CMSSignedMessage(der: der).verify(signer: material.p256.certificate)
    }

    private func openEnvelope(_ der: [UInt8]) throws {
        // Each recipient authenticates its own key only, so a change counts as refused when any of them refuses.
        for holder in [material.p256, material.p384] {
            _ = try CMSEncryption.decrypt(der, certificate: holder.certificate, key: holder.key)
        }
    }

    private static func mutate(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            let length = Int.random(in: 1...min(8, bytes.count - index), using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.removeSubrange(index..<(index + length))
            case 2: bytes.insert(contentsOf: bytes[index..<(index + length)], at: index)
            default: bytes.swapAt(index, Int.random(in: 0..<bytes.count, using: &generator))
            }
        }
        return bytes
    }

    private func expectEveryBitCounts(_ der: [UInt8], open: ([UInt8]) throws -> Void) throws {
        try open(der)
        for index in der.indices {
            for bit in 0..<8 {
                var changed = der
                changed[index] ^= 1 << bit
                expectRefusal("bit \(bit) of byte \(index)") { try open(changed) }
            }
        }
    }

    private func expectNoPrefix(of der: [UInt8], open: ([UInt8]) throws -> Void) {
        for count in der.indices {
            expectRefusal("the first \(count) bytes") { try open(Array(der.prefix(count))) }
        }
    }

    /// Like `#expect(throws:)`, without its cost in tens of thousands of attempts.
    private func expectRefusal(_ what: @autoclosure () -> String, of open: () throws -> Void) {
        do {
            try open()
            Issue.record("accepted: \(what())")
        } catch is CMSFormError {
            return
        } catch is OpenSSLError {
            return
        } catch {
            Issue.record("unexpected error for \(what()): \(error)")
        }
    }
}
