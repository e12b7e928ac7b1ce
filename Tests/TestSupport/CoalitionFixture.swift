package import CanonicalEncoding
package import CoalitionDirectory
package import OpenSSLCrypto

/// A small coalition made in memory: partners with all their keys, and the directory of their sheets.
package struct CoalitionFixture: Sendable {
    /// A fixed time for tests that do not care which.
    package static let time = Timestamp(secondsSinceEpoch: 1_795_348_800)

    package let time: Timestamp
    package let partners: [PartnerCode: PartnerFixture]
    package let sheets: [SignedSheet]
    package let directory: Directory

    /// Makes the example partners with the codes. Tests that run real clocks give `.now()`.
    package init(
        _ codes: [String] = ["GBR", "FRA"],
        realm: Realm = .live,
        algorithm: KeyAlgorithm = .p256,
        at time: Timestamp = Self.time
    ) throws {
        try self.init(codes.map { try .example($0, realm: realm, algorithm: algorithm) }, realm: realm, at: time)
    }

    /// Makes partners to plan; those of other realms are in the directory as such.
    package init(_ plans: [PartnerPlan], realm: Realm = .live, at time: Timestamp = Self.time) throws {
        self.time = time
        let made = try plans.map { try PartnerFixture($0, at: time) }
        partners = Dictionary(made.filter { $0.plan.realm == realm }.map { ($0.plan.code, $0) }) { first, _ in first }
        sheets = try made.map { try $0.signedSheet() }
        directory = try Directory(sheets: sheets, realm: realm)
    }

    /// The partner with the code; a test that names one which is not there fails here.
    package func partner(_ code: String) throws -> PartnerFixture {
        try PartnerFixture.required(partners[PartnerCode(code)])
    }

    /// The credentials of a mailbox, by its address: `GBR/j2-fusion`.
    package func mailbox(_ address: String) throws -> PartnerFixture.Mailbox {
        let address = try MailboxAddress(address)
        return try PartnerFixture.required(partners[address.partner]?.mailboxes[address.mailbox])
    }
}
