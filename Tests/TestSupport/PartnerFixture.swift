package import CanonicalEncoding
package import CoalitionDirectory
package import OpenSSLCrypto

/// A partner with everything that it keeps secret: authorities, certificates and keys, made in memory.
package struct PartnerFixture: Sendable {
    package let plan: PartnerPlan
    /// The time at which everything was made.
    package let time: Timestamp
    package let root: AuthorityFixture
    package let intermediates: [IssuerRole: AuthorityFixture]
    package private(set) var nodes: [NodeName: Node] = [:]
    package private(set) var mailboxes: [MailboxName: Mailbox] = [:]
    package let registrar: Credential

    /// A node's certificate and its log's key (Ed25519).
    package struct Node: Sendable {
        package let credential: Credential
        package let logKey: PrivateKey
    }

    /// The two certificates of a mailbox.
    package struct Mailbox: Sendable {
        package let signing: Credential
        package let encryption: Credential
    }

    package init(_ plan: PartnerPlan, at time: Timestamp) throws {
        self.plan = plan
        self.time = time
        let rootKey = try PrivateKey.generate(plan.algorithm)
        let template = CertificateProfile.rootTemplate(
            of: plan.code,
            in: plan.realm,
            trustDomain: plan.trustDomain,
            publicKey: rootKey.publicKey,
            at: time
        )
        let root = try AuthorityFixture(
            certificate: CertificateIssuer.selfSigned(template, key: rootKey),
            key: rootKey
        )
        var intermediates: [IssuerRole: AuthorityFixture] = [:]
        for role in IssuerRole.allCases {
            intermediates[role] = try Self.intermediate(role, of: plan, under: root, at: time)
        }
        self.root = root
        self.intermediates = intermediates
        registrar = try Self.credential(
            .officer,
            for: .officer(PersonName("registrar")),
            of: plan,
            issuer: Self.required(intermediates[.people]),
            at: time
        )
        for name in plan.nodes.keys {
            nodes[name] = Node(
                credential: try credential(.node, for: .node(name)),
                logKey: try PrivateKey.generate(.ed25519)
            )
        }
        for name in plan.mailboxes.keys {
            mailboxes[name] = Mailbox(
                signing: try credential(.mailboxSigning, for: .mailbox(name)),
                encryption: try credential(.mailboxEncryption, for: .mailbox(name))
            )
        }
    }

    /// Issues a certificate under the profile, by the intermediate that the profile names or by another, after the
    /// test has changed the template as it likes.
    package func credential(
        _ profile: CertificateProfile,
        for principal: Principal,
        issuer: AuthorityFixture? = nil,
        algorithm: KeyAlgorithm? = nil,
        editing edit: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> Credential {
        let issuer = try issuer ?? Self.required(profile.issuer.flatMap { intermediates[$0] })
        return try Self.credential(
            profile,
            for: principal,
            of: plan,
            issuer: issuer,
            algorithm: algorithm,
            at: time,
            editing: edit
        )
    }

    /// A second intermediate of the role, that no sheet lists unless a test does.
    package func anotherIntermediate(_ role: IssuerRole) throws -> AuthorityFixture {
        try Self.intermediate(role, of: plan, under: root, at: time)
    }

    /// The revocation lists of root and intermediates, in that order, revoking each certificate at its own issuer.
    package func revocationLists(
        number: UInt64 = 1,
        revoking certificates: [Certificate] = [],
        at time: Timestamp? = nil
    ) throws -> [CertificateRevocationList] {
        try authorities.map { authority in
            try authority.revocationList(
                number: number,
                revoking: certificates.filter { $0.issuer == authority.certificate.subject },
                at: time ?? self.time
            )
        }
    }

    /// The node's credentials; a test that names a node which the plan lacks fails here.
    package func node(_ name: String) throws -> Node { try Self.required(nodes[NodeName(name)]) }

    /// The mailbox's credentials; a test that names a mailbox which the plan lacks fails here.
    package func mailbox(_ name: String) throws -> Mailbox { try Self.required(mailboxes[MailboxName(name)]) }

    /// Root first, then the intermediates by role.
    package var authorities: [AuthorityFixture] { [root] + IssuerRole.allCases.compactMap { intermediates[$0] } }

    /// Something that the fixture should hold and does not.
    package struct Missing: Error {}

    static func required<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw Missing() }
        return value
    }

    private static func intermediate(
        _ role: IssuerRole,
        of plan: PartnerPlan,
        under root: AuthorityFixture,
        at time: Timestamp
    ) throws -> AuthorityFixture {
        let key = try PrivateKey.generate(plan.algorithm)
        let template = CertificateProfile.intermediateTemplate(
            role,
            of: plan.code,
            in: plan.realm,
            publicKey: key.publicKey,
            issuer: root.certificate,
            at: time
        )
        return try AuthorityFixture(certificate: root.issuer.issue(template), key: key)
    }

    private static func credential(
        _ profile: CertificateProfile,
        for principal: Principal,
        of plan: PartnerPlan,
        issuer: AuthorityFixture,
        algorithm: KeyAlgorithm? = nil,
        at time: Timestamp,
        editing edit: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> Credential {
        let key = try PrivateKey.generate(algorithm ?? plan.algorithm)
        var template = profile.template(
            for: SPIFFEID(trustDomain: plan.trustDomain, principal: principal),
            of: plan.code,
            in: plan.realm,
            publicKey: key.publicKey,
            issuer: issuer.certificate,
            at: time
        )
        edit(&template)
        return Credential(
            certificate: try issuer.issuer.issue(template),
            key: key,
            issuer: issuer.certificate
        )
    }
}
