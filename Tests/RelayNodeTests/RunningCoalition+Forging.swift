import CanonicalEncoding
import CoalitionDirectory
import Foundation
import NodeSupport
import OpenSSLCrypto
import TestSupport

@testable import MessageEnvelope

extension RunningCoalition {
    /// The envelope with parts of its header's JSON replaced, signed anew by the originator or another mailbox: what a
    /// hostile client can make, and no honest one does.
    func forge(
        _ envelope: Envelope,
        signedBy signer: String? = nil,
        replacing replacements: [(String, String)]
    ) throws -> Envelope {
        let header = try ReceivedEnvelope(envelope).header
        var json = String(decoding: header.canonicalBytes, as: UTF8.self)
        for (old, new) in replacements {
            guard json.contains(old) else { throw Unexpected("the header holds no `\(old)`: \(json)") }
            json = json.replacing(old, with: new)
        }
        let signing = try fixture.mailbox(signer ?? header.originator.description).signing
        let id = SPIFFEID(
            trustDomain: try fixture.partner(header.originator.partner.rawValue).plan.trustDomain,
            principal: .mailbox(header.originator.mailbox)
        )
        let attributes: [CMSAttribute]
        do {
            attributes = try MessageHeader(canonicalBytes: Array(json.utf8)).signedAttributes(originator: id)
        } catch {
            // A header that is none has no attributes of its own.
            attributes = try header.signedAttributes(originator: id)
        }
        let signed = try CMSSigner(certificate: signing.certificate, key: signing.key)
            .sign(Array(json.utf8), signingTime: header.dateTime.secondsSinceEpoch, attributes: attributes)
        return Envelope(header: signed, body: envelope.body)
    }
}

extension [UInt8] {
    /// The bytes with the one place that spells `old` spelling `new`, which is as long.
    func overwriting(_ old: String, with new: String) throws -> [UInt8] {
        let (old, new) = (Array(old.utf8), Array(new.utf8))
        guard old.count == new.count, let start = indices.first(where: { self[$0...].starts(with: old) }) else {
            throw Unexpected("nothing to overwrite")
        }
        var bytes = self
        bytes.replaceSubrange(start..<start + old.count, with: new)
        return bytes
    }

    /// The bytes with the last bit flipped.
    var damagedAtTheEnd: [UInt8] {
        var bytes = self
        bytes[bytes.endIndex - 1] ^= 1
        return bytes
    }
}
