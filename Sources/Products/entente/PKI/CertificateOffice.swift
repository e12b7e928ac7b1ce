import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// Issues a partner's certificates into its folder.
struct CertificateOffice {
    let folder: PartnerFolder
    let time: Timestamp

    /// Makes the partner's root, intermediates, revocation lists and registrar in an empty folder; answers with the root.
    func found(
        code: PartnerCode,
        realm: Realm,
        trustDomain: TrustDomain,
        algorithm: KeyAlgorithm
    ) throws(CommandFailure) -> Certificate {
        guard !WholeFile.exists(folder.root.path) else {
            throw CommandFailure(
                "`\(folder.root.path)` is there already: a partner has one root",
                next: "issue under it with `entente pki issue`, or choose another folder with --out"
            )
        }
        let rootKey = try PrivateKeyFile.create(folder.root.keyPath, algorithm)
        let root = try made {
            try CertificateIssuer.selfSigned(
                CertificateProfile.rootTemplate(
                    of: code,
                    in: realm,
                    trustDomain: trustDomain,
                    publicKey: rootKey.publicKey,
                    at: time
                ),
                key: rootKey
            )
        }
        try WholeFile.create(folder.root.certificatePath, with: root.pem(), mode: 0o644)
        for role in IssuerRole.allCases {
            let authority = folder.intermediate(role)
            let key = try PrivateKeyFile.create(authority.keyPath, algorithm)
            let certificate = try made {
                try CertificateIssuer(certificate: root, key: rootKey).issue(
                    CertificateProfile.intermediateTemplate(
                        role,
                        of: code,
                        in: realm,
                        publicKey: key.publicKey,
                        issuer: root,
                        at: time
                    )
                )
            }
            try WholeFile.create(authority.certificatePath, with: certificate.pem(), mode: 0o644)
        }
        for authority in folder.authorities { _ = try authority.writeRevocationList(at: time) }
        let registrar = try name(SignedSheet.registrarName, PersonName.init)
        try issue(.officer, to: .officer(registrar), algorithm: algorithm)
        return root
    }

    /// Makes a key and its certificate. A mailbox's certificates have names of their own, because there are two.
    func issue(
        _ profile: CertificateProfile,
        to principal: Principal,
        algorithm: KeyAlgorithm
    ) throws(CommandFailure) {
        let files = try files(profile, principal)
        // The certificate too, before a key is made that would then lie about without one.
        guard !WholeFile.exists(files.certificate) else {
            throw CommandFailure(
                "`\(files.certificate)` is there already",
                next: "make the next one with `entente pki renew \(files.certificate) --certs \(folder.path)`"
            )
        }
        let key = try PrivateKeyFile.create(files.key, algorithm)
        let certificate = try certificate(profile, principal, publicKey: key.publicKey)
        try WholeFile.create(files.certificate, with: certificate.pem(), mode: 0o644)
    }

    /// Certifies the key in a request, whose names and extensions are not looked at. A key is for one purpose of one
    /// principal: what is found by its key must be found once.
    func sign(
        _ request: CertificateRequest,
        as profile: CertificateProfile,
        to principal: Principal
    ) throws(CommandFailure) -> String {
        let file = try files(profile, principal).certificate
        if let other = try folder.issued().first(where: { $0.certificate.publicKey == request.publicKey }) {
            throw CommandFailure(
                "the request's key is certified already, in `\(other.path)`: a key is for one purpose of one principal",
                next: "make a key of its own and a request for it"
            )
        }
        let certificate = try certificate(profile, principal, publicKey: request.publicKey)
        try WholeFile.create(file, with: certificate.pem(), mode: 0o644)
        return file
    }

    /// Makes the key of a node's log and answers with its verifier key.
    func makeLogKey(of node: NodeName) throws(CommandFailure) -> LogVerifierKey {
        let identity = try folder.identity()
        let path = folder.node(node)
        let key = try PrivateKeyFile.create("\(path)/log.key", .ed25519)
        let verifier: LogVerifierKey
        do {
            verifier = try LogVerifierKey(
                origin: "\(identity.trustDomain)/node/\(node)",
                publicKey: key.publicKey
            )
        } catch {
            throw CommandFailure("log key of `\(node)`: \(error)")
        }
        try WholeFile.create("\(path)/log.vkey", with: Array("\(verifier)\n".utf8), mode: 0o644)
        return verifier
    }

    /// Where a principal's certificate and key lie.
    func files(
        _ profile: CertificateProfile,
        _ principal: Principal
    ) throws(CommandFailure) -> (certificate: String, key: String) {
        switch (profile, principal) {
        case (.node, .node(let name)):
            ("\(folder.node(name))/certificate.pem", "\(folder.node(name))/key.pem")
        case (.mailboxSigning, .mailbox(let name)):
            ("\(folder.mailbox(name))/signing.pem", "\(folder.mailbox(name))/signing.key")
        case (.mailboxEncryption, .mailbox(let name)):
            ("\(folder.mailbox(name))/encryption.pem", "\(folder.mailbox(name))/encryption.key")
        case (.officer, .officer(let name)), (.operator, .operator(let name)):
            ("\(folder.person(name))/certificate.pem", "\(folder.person(name))/key.pem")
        case (.root, _), (.intermediate, _), (.node, _), (.mailboxSigning, _), (.mailboxEncryption, _), (.officer, _),
            (.operator, _):
            throw CommandFailure("a \(principal.kind) has no \(profile.title)")
        }
    }

    func certificate(
        _ profile: CertificateProfile,
        _ principal: Principal,
        publicKey: PublicKey
    ) throws(CommandFailure) -> Certificate {
        guard let role = profile.issuer else {
            throw CommandFailure("a \(profile.title) is made by `entente pki init`")
        }
        let identity = try folder.identity()
        let issuer = try folder.intermediate(role).issuer()
        let certificate = try made {
            try issuer.issue(
                profile.template(
                    for: SPIFFEID(trustDomain: identity.trustDomain, principal: principal),
                    of: identity.code,
                    in: identity.realm,
                    publicKey: publicKey,
                    issuer: issuer.certificate,
                    at: time
                )
            )
        }
        do {
            try profile.check(certificate)
        } catch {
            throw CommandFailure("cannot issue a \(profile.title): \(error)")
        }
        return certificate
    }

    private func made(_ make: () throws -> Certificate) throws(CommandFailure) -> Certificate {
        do {
            return try make()
        } catch {
            throw CommandFailure("cannot issue a certificate: \(error)")
        }
    }

    private func name<Name>(
        _ text: String,
        _ parse: (String) throws(IdentifierError) -> Name
    ) throws(CommandFailure) -> Name {
        do {
            return try parse(text)
        } catch {
            throw CommandFailure(error.description)
        }
    }
}
