import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct OfficerApprovalTests {
    private let gbr: PartnerFixture
    private let officer: Credential
    private let directory: Directory
    private let text = ApprovedText(.policy, hash: .hash([1]), tests: .hash([2]))

    init() throws {
        gbr = try PartnerFixture(
            PartnerPlan(code: "GBR", nodes: ["gbr-1": "127.0.0.1:8441"], mailboxes: ["j2": "gbr-1"]),
            at: .now()
        )
        let officer = try gbr.credential(.officer, for: .officer(PersonName("release-1")))
        self.officer = officer
        directory = try Directory(
            sheets: [
                gbr.signedSheet {
                    $0.officers.append(.init(name: try PersonName("release-1"), certificates: [officer.certificate]))
                }
            ],
            realm: .live
        )
    }

    private func sign(
        _ text: ApprovedText? = nil,
        by signer: Credential? = nil,
        realm: Realm = .live,
        at time: Timestamp? = nil
    ) throws -> [UInt8] {
        let signer = signer ?? officer
        return try OfficerApproval.sign(
            text ?? self.text,
            realm: realm,
            at: time ?? gbr.time,
            certificate: signer.certificate,
            key: signer.key
        )
    }

    private func refusal(
        _ bytes: [UInt8],
        _ directory: Directory? = nil,
        at time: Timestamp? = nil
    ) -> String? {
        do {
            _ = try OfficerApproval.verify(bytes, by: directory ?? self.directory, at: time ?? gbr.time)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `an officer of the sheet approves`() throws {
        let approval = try OfficerApproval.verify(try sign(), by: directory, at: gbr.time)
        #expect(approval.signer == "GBR/release-1")
        #expect(approval.text == text)
        #expect(approval.certificate == officer.certificate)
        let addition = ApprovedText(.addition, hash: .hash([3]), tests: nil)
        #expect(try OfficerApproval.verify(try sign(addition), by: directory, at: gbr.time).text == addition)
    }

    @Test func `whom the sheet does not list as that officer approves nothing`() throws {
        let stranger = try gbr.credential(.officer, for: .officer(PersonName("release-2")))
        #expect(try refusal(sign(by: stranger))?.contains("lists no such officer") == true)
        let namesake = try gbr.credential(.officer, for: .officer(PersonName("release-1")))
        #expect(try refusal(sign(by: namesake))?.contains("lists no such officer") == true)
        // The registrar is an officer of the sheet, and signs in its own name only.
        #expect(try refusal(sign(by: gbr.registrar)) == nil)
        let other = try PartnerFixture(PartnerPlan(code: "FRA", nodes: [:], mailboxes: [:]), at: gbr.time)
        let foreign = try other.credential(.officer, for: .officer(PersonName("release-1")))
        #expect(try refusal(sign(by: foreign))?.contains("no partner has the trust domain") == true)
        #expect(throws: (any Error).self) { try sign(by: gbr.mailbox("j2").signing) }
    }

    @Test func `another key cannot sign in an officer's name`() throws {
        // The statement names release-1, the signature is the registrar's.
        let statement = try CMSSignedMessage(der: try sign()).content
        let forged = try CMSSigner(certificate: gbr.registrar.certificate, key: gbr.registrar.key)
            .sign(statement, signingTime: gbr.time.secondsSinceEpoch)
        #expect(refusal(forged)?.contains("lists no such officer with the key") == true)
    }

    @Test func `a revoked or expired officer approves nothing any more`() throws {
        let bytes = try sign()
        let revoked = try Directory(
            sheets: [
                gbr.signedSheet { draft in
                    draft.officers.append(.init(name: try PersonName("release-1"), certificates: [officer.certificate]))
                    draft.revocationLists = try gbr.revocationLists(revoking: [officer.certificate])
                }
            ],
            realm: .live
        )
        #expect(refusal(bytes) == nil)
        #expect(refusal(bytes, revoked)?.contains("revoked") == true)
        #expect(refusal(bytes, at: gbr.time.adding(seconds: 900 * 86_400)) != nil)
    }

    @Test func `realm, time and form are as they must be`() throws {
        #expect(try refusal(sign(realm: Realm("winter-26")))?.contains("expected realm `live`") == true)
        let ahead = gbr.time.adding(seconds: 3 * 3600)
        #expect(try refusal(sign(at: ahead))?.contains("expected a time that has been") == true)
        #expect(refusal([])?.contains("expected an officer's signed statement") == true)
        #expect(try refusal(sign() + [0]) != nil)
        let signer = CMSSigner(certificate: officer.certificate, key: officer.key)
        func forged(_ edit: (String) -> String, at time: Timestamp? = nil) throws -> [UInt8] {
            let statement = String(decoding: try CMSSignedMessage(der: try sign()).content, as: UTF8.self)
            return try signer.sign(
                Array(edit(statement).utf8),
                signingTime: (time ?? gbr.time).secondsSinceEpoch
            )
        }
        #expect(try refusal(forged { $0 }) == nil)
        #expect(try refusal(forged({ $0 }, at: gbr.time.adding(seconds: -60)))?.contains("signing time") == true)
        #expect(
            try refusal(forged { $0.replacing("\"format\":1", with: "\"format\":2") })?.contains("format 1") == true
        )
        #expect(try refusal(forged { $0.replacing("\"policy\"", with: "\"erasure\"") })?.contains("statement") == true)
        #expect(try refusal(forged { $0.replacing("}", with: ",\"x\":1}") })?.contains("unknown member") == true)
        #expect(try refusal(forged { " " + $0 }) != nil)
        let changed = try sign()
        for place in stride(from: 0, to: changed.count, by: 31) {
            var bytes = changed
            bytes[place] ^= 1 << UInt8(place % 7)
            #expect(refusal(bytes) != nil, "byte \(place)")
        }
    }
}
