import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// Makes the next version of a partner's sheet from its configuration and its folder of certificates.
struct SheetBuilder {
    let configuration: PartnerConfiguration
    let folder: PartnerFolder
    let time: Timestamp
    /// Nodes whose log has ended, so that another begins under a key of its own.
    var newLogs: Set<NodeName> = []

    /// How long a sheet is in force at most, in seconds.
    static let lifetime: Int64 = 30 * 86_400

    /// Builds, signs, verifies and writes the sheet; the version before is kept.
    ///
    /// - Parameter warn: is told what is allowed and likely not meant, before anything is written.
    func publish(warn: (String) -> Void = { _ in }) throws(CommandFailure) -> SignedSheet {
        let identity = try folder.identity()
        let wanted = "\(configuration.code), realm \(configuration.realm), trust domain \(configuration.trustDomain)"
        let got = "\(identity.code), realm \(identity.realm), trust domain \(identity.trustDomain)"
        guard wanted == got else {
            throw CommandFailure(
                "`\(configuration.file)` is about \(wanted), but the root in `\(folder.path)` is made for \(got)",
                next: "correct the one or name the other folder with --certs",
                status: .badConfiguration
            )
        }
        let roots = [try folder.root.certificate()]
        let previous = try previousSheet(pinned: roots.map(\.fingerprint))
        let registrar = try CertificateFile.readAll("\(folder.registrar)/certificate.pem")
        guard let signer = registrar.first else { throw CommandFailure("`\(folder.registrar)` holds no certificate") }
        let key = try PrivateKeyFile.read("\(folder.registrar)/key.pem")
        let sheet = try sheet(after: previous, roots: roots, signer: signer)
        let bytes: [UInt8]
        do {
            bytes = try SignedSheet.sign(sheet, certificate: signer, key: key)
        } catch {
            throw CommandFailure("cannot sign the sheet: \(error)")
        }
        // What is published is what others will accept.
        let signed = try verify(bytes, pinned: roots.map(\.fingerprint), previous: previous, at: time)
        for name in configuration.mailboxes.map(\.name) where !sheet.mailboxes.contains(where: { $0.name == name }) {
            warn("mailbox `\(name)` is left out: all its certificates for signing, or for encryption, are revoked")
        }
        let review = SheetReview(sheet: sheet, previous: previous?.sheet, issued: try folder.issued(), time: time)
        review.warnings.forEach(warn)
        try WholeFile.create(folder.sheet(version: sheet.version), with: bytes, mode: 0o644)
        try WholeFile.replace(folder.sheet, with: bytes)
        return signed
    }

    /// The sheet published last, or nil before the first. A later version that is kept but did not become the latest,
    /// because the command was interrupted, counts: it may have been handed on.
    private func previousSheet(pinned: [SHA256Digest]) throws(CommandFailure) -> SignedSheet? {
        var last = WholeFile.exists(folder.sheet) ? try read(folder.sheet, pinned: pinned, after: nil) : nil
        while true {
            let next = folder.sheet(version: 1 + (last?.sheet.version ?? 0))
            guard WholeFile.exists(next) else { return last }
            last = try read(next, pinned: pinned, after: last)
        }
    }

    /// Reads a sheet of the folder. It may have run out by now, so it is judged by its own time.
    private func read(
        _ path: String,
        pinned: [SHA256Digest],
        after previous: SignedSheet?
    ) throws(CommandFailure) -> SignedSheet {
        let bytes = try WholeFile.read(path)
        let issuedAt = try SheetDescription.read(bytes, file: path).issuedAt
        return try verify(bytes, pinned: pinned, previous: previous, at: issuedAt)
    }

    private func verify(
        _ bytes: [UInt8],
        pinned: [SHA256Digest],
        previous: SignedSheet?,
        at time: Timestamp
    ) throws(CommandFailure) -> SignedSheet {
        do {
            return try SignedSheet.verify(
                bytes,
                from: configuration.code,
                realm: configuration.realm,
                pinnedRoots: pinned,
                previous: previous,
                at: time
            )
        } catch {
            throw CommandFailure("the sheet does not hold: \(error)", next: Self.advice(for: error.code))
        }
    }

    private static func advice(for code: SheetError.Code) -> String? {
        switch code {
        case .revocationListNotCurrent, .revocationListMissing, .revocationListOlder:
            "write new revocation lists with `entente pki crl`"
        case .wrongPartner:
            "compare the configuration with the one that the last sheet was made from"
        case .malformed, .unsigned, .badSignature, .unpinned, .wrongCertificate, .expired, .notYetValid, .older,
            .forked:
            nil
        }
    }

    private func sheet(
        after previous: SignedSheet?,
        roots: [Certificate],
        signer: Certificate
    ) throws(CommandFailure) -> PartnerSheet {
        var intermediates: [PartnerSheet.Intermediate] = []
        for role in IssuerRole.allCases {
            intermediates.append(.init(role: role, certificate: try folder.intermediate(role).certificate()))
        }
        var lists: [CertificateRevocationList] = []
        for authority in folder.authorities { lists.append(try authority.revocationList()) }
        // A sheet that outlives its own revocation lists or its signer would only look as if it were in force.
        let latest = ([time.secondsSinceEpoch + Self.lifetime, signer.notAfter] + lists.map(\.nextUpdate)).min()
        let nextUpdate = Timestamp(secondsSinceEpoch: latest ?? time.secondsSinceEpoch)
        guard nextUpdate > time else {
            throw CommandFailure(
                "a revocation list or the registrar's certificate has run out at \(nextUpdate)",
                next: "write new revocation lists with `entente pki crl --certs \(folder.path)`"
            )
        }
        do {
            return try PartnerSheet(
                code: configuration.code,
                name: configuration.name,
                kind: configuration.kind,
                realm: configuration.realm,
                trustDomain: configuration.trustDomain,
                version: 1 + (previous?.sheet.version ?? 0),
                previous: previous?.digest,
                issuedAt: time,
                nextUpdate: nextUpdate,
                roots: roots,
                intermediates: intermediates,
                revocationLists: lists,
                nodes: try nodes(after: previous?.sheet),
                mailboxes: try mailboxes(revoked: lists),
                officers: try officers()
            )
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("`\(configuration.file)`: \(error)", status: .badConfiguration)
        }
    }

    private func nodes(after previous: PartnerSheet?) throws(CommandFailure) -> [PartnerSheet.Node] {
        var nodes: [PartnerSheet.Node] = []
        for (name, endpoint) in configuration.nodes {
            let file = "\(folder.node(name))/log.vkey"
            guard WholeFile.exists(file) else {
                throw CommandFailure(
                    "node `\(name)` has no log key: `\(file)` is missing",
                    next: "entente pki issue node \(name) --certs \(folder.path)"
                )
            }
            let text = String(decoding: try WholeFile.read(file, limit: 4096), as: UTF8.self)
            do {
                let line = text.hasSuffix("\n") ? String(text.dropLast()) : text
                let key = try LogVerifierKey(line)
                let before = previous?.nodes.first { $0.name == name }?.log
                if let before, before != key, !newLogs.contains(name) {
                    throw CommandFailure(
                        "`\(file)` is another key than version \(previous?.version ?? 0) of the sheet lists for node "
                            + "`\(name)`: a log goes on under its own key only, and peers would refuse it",
                        next: "put the key back; if the node's log has ended, say so with --new-log \(name)"
                    )
                }
                nodes.append(.init(name: name, endpoint: endpoint, log: key))
            } catch let failure as CommandFailure {
                throw failure
            } catch {
                throw CommandFailure("`\(file)`: \(error)")
            }
        }
        return nodes
    }

    /// Certificates that are revoked are of no use to anybody and are left out; so is a mailbox that has no others.
    private func mailboxes(
        revoked lists: [CertificateRevocationList]
    ) throws(CommandFailure) -> [PartnerSheet.Mailbox] {
        let revoked = Set(lists.flatMap(\.revokedSerialNumbers))
        var mailboxes: [PartnerSheet.Mailbox] = []
        for (name, homeNode) in configuration.mailboxes {
            let path = folder.mailbox(name)
            guard WholeFile.exists("\(path)/signing.pem"), WholeFile.exists("\(path)/encryption.pem") else {
                throw CommandFailure(
                    "mailbox `\(name)` lacks certificates: expected `signing.pem` and `encryption.pem` in `\(path)`",
                    next: "entente pki issue mailbox \(name) --certs \(folder.path)"
                )
            }
            let signing = try CertificateFile.readAll("\(path)/signing.pem")
                .filter { !revoked.contains($0.serialNumber) }
            let encryption = try CertificateFile.readAll("\(path)/encryption.pem")
                .filter { !revoked.contains($0.serialNumber) }
            guard !signing.isEmpty, !encryption.isEmpty else { continue }
            mailboxes.append(
                .init(
                    name: name,
                    homeNode: homeNode,
                    signingCertificates: signing,
                    encryptionCertificates: encryption
                )
            )
        }
        return mailboxes
    }

    private func officers() throws(CommandFailure) -> [PartnerSheet.Officer] {
        var officers: [PartnerSheet.Officer] = []
        let registrar: PersonName
        do {
            registrar = try PersonName(SignedSheet.registrarName)
        } catch {
            throw CommandFailure(error.description)
        }
        for name in [registrar] + configuration.officers {
            let file = "\(folder.person(name))/certificate.pem"
            guard WholeFile.exists(file) else {
                throw CommandFailure(
                    "officer `\(name)` has no certificate: `\(file)` is missing",
                    next: "entente pki issue officer \(name) --certs \(folder.path)"
                )
            }
            officers.append(.init(name: name, certificates: try CertificateFile.readAll(file)))
        }
        return officers
    }
}
