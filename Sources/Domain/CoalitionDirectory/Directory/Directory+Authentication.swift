public import CanonicalEncoding
public import OpenSSLCrypto

extension Directory {
    /// Says who a TLS peer is. The first certificate is the peer's own; the others are not looked at, because an
    /// intermediate counts only when the partner's sheet lists it.
    public func authenticate(
        presentedChain: [Certificate],
        purpose part: PeerPart,
        at time: Timestamp
    ) -> IdentityVerdict {
        do throws(IdentityRefusal) {
            guard let certificate = presentedChain.first else {
                throw IdentityRefusal(.noCertificate, "expected a certificate, got none")
            }
            return .accepted(try principal(certificate, part: part, at: time))
        } catch {
            return .refused(error)
        }
    }

    private func principal(
        _ certificate: Certificate,
        part: PeerPart,
        at time: Timestamp
    ) throws(IdentityRefusal) -> AuthenticatedPrincipal {
        let id = try Self.identity(of: certificate)
        let signed = try currentSheet(of: id, at: time)
        guard part == .tlsClient || id.kind == .node else {
            throw IdentityRefusal(.wrongKind, "expected a node as server, got `\(id)`")
        }
        guard id.kind != .officer else {
            throw IdentityRefusal(.wrongKind, "`\(id)`: an officer's certificate is for signing, not for connecting")
        }
        let chain = try signed.trust.check(
            certificate,
            as: CertificateProfile(connecting: id.kind),
            validAt: time,
            revocationAt: time
        )
        try checkListed(certificate, id: id, in: signed.sheet)
        return AuthenticatedPrincipal(partner: signed.sheet.code, id: id, chain: chain, certificate: certificate)
    }

    /// The SPIFFE ID in the one URI of the certificate; says nothing about who issued it.
    package static func identity(of certificate: Certificate) throws(IdentityRefusal) -> SPIFFEID {
        let uris = certificate.uris
        guard let uri = uris.first else {
            throw IdentityRefusal(.noSPIFFEID, "\(certificate.subject): expected one SPIFFE URI, got none")
        }
        guard uris.count == 1 else {
            throw IdentityRefusal(.manyURIs, "\(certificate.subject): expected one SPIFFE URI, got \(uris.count)")
        }
        do {
            return try SPIFFEID(uri)
        } catch {
            throw IdentityRefusal(.invalidSPIFFEID, error.description)
        }
    }

    /// The sheet of the partner that the ID names, when it is of this realm and in force.
    func currentSheet(of id: SPIFFEID, at time: Timestamp) throws(IdentityRefusal) -> SignedSheet {
        guard let signed = trustDomains[id.trustDomain] else {
            throw IdentityRefusal(.unknownTrustDomain, "`\(id)`: no partner has the trust domain `\(id.trustDomain)`")
        }
        let sheet = signed.sheet
        guard sheet.realm == realm else {
            throw IdentityRefusal(.wrongRealm, "`\(id)`: expected realm `\(realm)`, got `\(sheet.realm)`")
        }
        guard time < sheet.nextUpdate else {
            throw IdentityRefusal(
                .sheetExpired,
                "version \(sheet.version) of the sheet of `\(sheet.code)` was in force until \(sheet.nextUpdate), now "
                    + "\(time): get the next one from the partner"
            )
        }
        return signed
    }

    private func checkListed(
        _ certificate: Certificate,
        id: SPIFFEID,
        in sheet: PartnerSheet
    ) throws(IdentityRefusal) {
        switch id.principal {
        case .node(let name):
            guard sheet.nodes.contains(where: { $0.name == name }) else {
                throw IdentityRefusal(.notInDirectory, "`\(id)`: the sheet of `\(sheet.code)` lists no such node")
            }
        case .mailbox(let name):
            guard let mailbox = sheet.mailboxes.first(where: { $0.name == name }) else {
                throw IdentityRefusal(.notInDirectory, "`\(id)`: the sheet of `\(sheet.code)` lists no such mailbox")
            }
            guard mailbox.signingCertificates.contains(certificate) else {
                throw IdentityRefusal(
                    .notInDirectory,
                    "`\(id)`: the sheet of `\(sheet.code)` does not list certificate \(certificate.serialNumber)"
                )
            }
        case .officer, .operator:
            // Officers never get here, and operators act at their own partner's nodes only; a sheet does not name them to others.
            break
        }
    }
}
