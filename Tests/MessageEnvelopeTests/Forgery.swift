import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import SecurityLabels
import TestSupport
import Testing

@testable import MessageEnvelope

/// A header that somebody else, or something else, has signed: what a hostile mailbox or node can make.
struct Forgery {
    var header: MessageHeader
    var body: [UInt8]
    /// The attributes beside the header; what the header itself gives where nil.
    var attributes: [CMSAttribute]?
    var signingTime: Int64

    /// Begins with what an honest originator made.
    init(_ envelope: Envelope) throws {
        header = try ReceivedEnvelope(envelope).header
        body = envelope.body
        signingTime = header.dateTime.secondsSinceEpoch
    }

    /// Changes fields of the header.
    mutating func edit(
        id: MessageID? = nil,
        originator: String? = nil,
        recipients: [String]? = nil,
        label: ConfidentialityLabel? = nil,
        precedence: Precedence? = nil,
        realm: Realm? = nil,
        expires: Timestamp? = nil,
        references: MessageReferences? = nil,
        commitment: SHA256Digest? = nil
    ) throws {
        header = try MessageHeader(
            id: id ?? header.id,
            originator: originator.map { try MailboxAddress($0) } ?? header.originator,
            recipients: recipients.map { try $0.map { try MailboxAddress($0) } } ?? header.recipients,
            label: label ?? header.label,
            precedence: precedence ?? header.precedence,
            realm: realm ?? header.realm,
            dateTime: id?.time ?? header.dateTime,
            expires: expires ?? header.expires,
            references: references ?? header.references,
            body: CiphertextReference(of: body),
            commitment: commitment ?? header.commitment
        )
    }

    /// Another body, to which the header refers.
    mutating func replaceBody(_ body: [UInt8]) throws {
        self.body = body
        try edit()
    }

    func sign(by address: String, in coalition: CoalitionFixture) throws -> Envelope {
        let id = try #require(coalition.directory.id(of: header.originator))
        return Envelope(
            header: try coalition.signer(address).sign(
                header.canonicalBytes,
                signingTime: signingTime,
                attributes: attributes ?? header.signedAttributes(originator: id)
            ),
            body: body
        )
    }
}
