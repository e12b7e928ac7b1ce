package import CoalitionDirectory
package import OpenSSLCrypto

/// What a partner of a fixture is to be made of. Change what a test needs to be different before making it.
package struct PartnerPlan: Sendable {
    package var code: PartnerCode
    package var name: String
    package var kind: PartnerKind
    package var realm: Realm
    package var trustDomain: TrustDomain
    package var algorithm: KeyAlgorithm
    package var nodes: [NodeName: Endpoint]
    /// The mailboxes and the nodes that hold them.
    package var mailboxes: [MailboxName: NodeName]

    package init(
        code: String,
        name: String? = nil,
        kind: PartnerKind = .nation,
        realm: Realm = .live,
        trustDomain: String? = nil,
        algorithm: KeyAlgorithm = .p256,
        nodes: [String: String],
        mailboxes: [String: String]
    ) throws {
        self.code = try PartnerCode(code)
        self.name = name ?? "Partner \(code)"
        self.kind = kind
        self.realm = realm
        let host = realm == .live ? "\(code.lowercased()).example" : "\(realm).\(code.lowercased()).example"
        self.trustDomain = try TrustDomain(trustDomain ?? host)
        self.algorithm = algorithm
        self.nodes = try Dictionary(
            uniqueKeysWithValues: nodes.map { (try NodeName($0.key), try Endpoint($0.value)) }
        )
        self.mailboxes = try Dictionary(
            uniqueKeysWithValues: mailboxes.map { (try MailboxName($0.key), try NodeName($0.value)) }
        )
    }

    /// One of the six partners of the example configuration: GBR, FRA, DEU, JPN, UN or ACME.
    package static func example(
        _ code: String,
        realm: Realm = .live,
        algorithm: KeyAlgorithm = .p256
    ) throws -> PartnerPlan {
        guard let example = examples[code] else { throw UnknownExample(code: code) }
        return try PartnerPlan(
            code: code,
            name: example.name,
            kind: example.kind,
            realm: realm,
            algorithm: algorithm,
            nodes: [example.node: example.endpoint],
            mailboxes: Dictionary(uniqueKeysWithValues: example.mailboxes.map { ($0, example.node) })
        )
    }

    /// A code that is not among the examples.
    package struct UnknownExample: Error {
        package let code: String
    }

    private struct Example {
        let name: String
        let kind: PartnerKind
        let node: String
        let endpoint: String
        let mailboxes: [String]
    }

    private static let examples: [String: Example] = [
        "GBR": Example(
            name: "United Kingdom",
            kind: .nation,
            node: "gbr-1",
            endpoint: "127.0.0.1:8441",
            mailboxes: ["j2-fusion", "maritime-desk"]
        ),
        "FRA": Example(
            name: "France",
            kind: .nation,
            node: "fra-hub",
            endpoint: "127.0.0.1:8442",
            mailboxes: ["cni"]
        ),
        "DEU": Example(
            name: "Germany",
            kind: .nation,
            node: "deu-1",
            endpoint: "127.0.0.1:8443",
            mailboxes: ["lage"]
        ),
        "JPN": Example(
            name: "Japan",
            kind: .nation,
            node: "jpn-1",
            endpoint: "127.0.0.1:8444",
            mailboxes: ["maritime-ops"]
        ),
        "UN": Example(
            name: "United Nations",
            kind: .organisation,
            node: "un-1",
            endpoint: "127.0.0.1:8445",
            mailboxes: ["situation-room"]
        ),
        "ACME": Example(
            name: "Acme Cyber Defence",
            kind: .private,
            node: "acme-1",
            endpoint: "127.0.0.1:8446",
            mailboxes: ["soc"]
        ),
    ]
}
