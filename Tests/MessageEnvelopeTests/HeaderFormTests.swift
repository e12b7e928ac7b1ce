import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import Testing

@testable import MessageEnvelope

/// One signed header has one spelling: whoever can write another gives it another digest.
@Suite struct HeaderFormTests {
    private func expect(
        _ code: EnvelopeError.Code,
        _ algorithm: KeyAlgorithm = .p256,
        sourceLocation: SourceLocation = #_sourceLocation,
        edit: (inout DERTree) throws -> Void
    ) throws {
        let coalition = try SharedCoalition.get(algorithm)
        let envelope = try coalition.seal()
        var tree = try DERTree(envelope.header)
        try edit(&tree)
        let changed = Envelope(header: tree.der, body: envelope.body)
        #expect(changed.header != envelope.header, sourceLocation: sourceLocation)
        expectRefusal(code, sourceLocation: sourceLocation) { try coalition.verify(changed) }
    }

    @Test(arguments: [KeyAlgorithm.p256, .p384])
    func `the other s of a signature is refused`(algorithm: KeyAlgorithm) throws {
        try expect(.malformedEnvelope, algorithm) { tree in
            var signature = try DERTree(tree[1, 0, 3, 0, 5].contents)
            signature[1].contents = Self.negated(signature[1].contents, algorithm)
            tree[1, 0, 3, 0, 5].contents = signature.der
        }
    }

    @Test func `an unsigned attribute is refused`() throws {
        // A countersignature attribute that says nothing.
        let attribute = try DERTree([
            0x30, 0x0F, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x06, 0x31, 0x02, 0x30, 0x00,
        ])
        try expect(.malformedEnvelope) { $0[1, 0, 3, 0].children.append(DERTree(0xA1, [attribute])) }
        try expect(.malformedEnvelope) { $0[1, 0, 3, 0].children.append(DERTree(0xA1, [])) }
    }

    @Test func `a second signer is refused, whoever it is`() throws {
        let coalition = try SharedCoalition.get()
        let other = try DERTree(Forgery(coalition.seal()).sign(by: "GBR/maritime-desk", in: coalition).header)
        try expect(.malformedEnvelope) {
            $0[1, 0, 3].children.append(other[1, 0, 3, 0])
            $0[1, 0, 3].children.sort { $0.der.lexicographicallyPrecedes($1.der) }
        }
        try expect(.malformedEnvelope) { $0[1, 0, 3].children.append($0[1, 0, 3, 0]) }
        try expect(.malformedEnvelope) { $0[1, 0, 3].children = [] }
    }

    @Test func `certificates and revocation lists in the message are refused`() throws {
        let certificate = try SharedCoalition.get().mailbox("GBR/j2-fusion").signing.certificate
        try expect(.malformedEnvelope) {
            $0[1, 0].children.insert(DERTree(0xA0, [try DERTree(certificate.der)]), at: 3)
        }
        try expect(.malformedEnvelope) { $0[1, 0].children.insert(DERTree(0xA1, []), at: 3) }
    }

    @Test func `signed attributes in another order, twice or with two values are refused`() throws {
        try expect(.malformedEnvelope) { $0[1, 0, 3, 0, 3].children.reverse() }
        try expect(.malformedEnvelope) { $0[1, 0, 3, 0, 3].children.append($0[1, 0, 3, 0, 3, 0]) }
        try expect(.malformedEnvelope) { $0[1, 0, 3, 0, 3, 0, 1].children.append($0[1, 0, 3, 0, 3, 0, 1, 0]) }
    }

    @Test func `other versions and algorithms are refused`() throws {
        try expect(.malformedEnvelope) { $0[1, 0, 0].contents = [1] }
        try expect(.malformedEnvelope) { $0[1, 0, 3, 0, 0].contents = [1] }
        // SHA-512 in place of SHA-256, and parameters NULL.
        try expect(.malformedEnvelope) { $0[1, 0, 1, 0, 0].contents[8] = 3 }
        try expect(.malformedEnvelope) { $0[1, 0, 1, 0].children.append(DERTree(0x05, contents: [])) }
    }

    @Test func `content that lies outside the message is refused`() throws {
        try expect(.malformedEnvelope) { $0[1, 0, 2].children.removeLast() }
    }

    @Test func `content that is no header is refused`() throws {
        let coalition = try SharedCoalition.get()
        let envelope = try coalition.seal()
        for content in [[], Array("{}".utf8), Array("harbour".utf8)] {
            let signed = try coalition.signer("GBR/j2-fusion").sign(content, signingTime: 1_795_348_800)
            expectRefusal(.malformedHeader) { try coalition.verify(Envelope(header: signed, body: envelope.body)) }
        }
    }

    @Test func `no single bit of a signed header can be flipped`() throws {
        let coalition = try SharedCoalition.get()
        let envelope = try coalition.seal()
        for offset in envelope.header.indices {
            var header = envelope.header
            header[offset] ^= 1 << UInt8(offset % 8)
            #expect(throws: EnvelopeError.self) {
                try ReceivedEnvelope(Envelope(header: header, body: envelope.body))
                    .verified(by: coalition.directory, releasedAt: nil, now: coalition.time)
            }
        }
    }

    /// The order of the curve's group minus the number, as the contents of a DER INTEGER.
    private static func negated(_ number: [UInt8], _ algorithm: KeyAlgorithm) -> [UInt8] {
        let order: [UInt8] =
            algorithm == .p256
            ? [
                0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA,
                0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
            ]
            : [UInt8](repeating: 0xFF, count: 24) + [
                0xC7, 0x63, 0x4D, 0x81, 0xF4, 0x37, 0x2D, 0xDF, 0x58, 0x1A, 0x0D, 0xB2, 0x48, 0xB0, 0xA7, 0x7A, 0xEC,
                0xEC, 0x19, 0x6A, 0xCC, 0xC5, 0x29, 0x73,
            ]
        let padded = [UInt8](repeating: 0, count: order.count) + number
        var borrow = 0
        var difference = order
        for (position, digit) in padded.suffix(order.count).enumerated().reversed() {
            let value = Int(order[position]) - Int(digit) - borrow
            borrow = value < 0 ? 1 : 0
            difference[position] = UInt8(value + borrow * 256)
        }
        let minimal = Array(difference.drop { $0 == 0 })
        return minimal[0] & 0x80 == 0 ? minimal : [0] + minimal
    }
}
