import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

extension CertificateOffice {
    /// What a renewal made.
    struct Renewal {
        let certificate: Certificate
        let keyPath: String
        /// Where the certificate and key before lie now; nil where they are of no more use.
        let older: (certificate: String, key: String)?
    }

    /// Makes a new key and certificate for whoever the first certificate of `file` is for, and puts them in its place.
    ///
    /// The certificates before stay in the file behind the new one as long as they are good, so that what was signed
    /// under them can still be verified; a node's file holds its own chain only. The old encryption key is kept beside
    /// it, for it alone opens what was sent before. Interrupted, it can be run again.
    func renew(_ file: String, algorithm: KeyAlgorithm) throws(CommandFailure) -> Renewal {
        let before = try CertificateFile.readAll(file)
        guard let current = before.first else { throw CommandFailure("`\(file)` holds no certificate") }
        let (profile, principal) = try holder(of: current, file: file)
        let files = try files(profile, principal)
        guard try WholeFile.read(files.certificate) == (try WholeFile.read(file)) else {
            throw CommandFailure(
                "`\(file)` is not the certificate in use: that is `\(files.certificate)`",
                next: "name that file"
            )
        }
        let older = profile == .mailboxEncryption ? try keepOlder(current, files) : nil
        let key: PrivateKey
        let pem: [UInt8]
        do {
            key = try PrivateKey.generate(algorithm)
            pem = try key.pem()
        } catch {
            throw CommandFailure("cannot make key `\(files.key)`: \(error)")
        }
        let certificate = try certificate(profile, principal, publicKey: key.publicKey)
        let kept = profile == .node ? [] : try stillGood(before, profile)
        try WholeFile.replace(files.key, with: pem, mode: 0o600)
        try WholeFile.replace(files.certificate, with: ([certificate] + kept).flatMap { $0.pem() })
        return Renewal(certificate: certificate, keyPath: files.key, older: older)
    }

    private func holder(
        of certificate: Certificate,
        file: String
    ) throws(CommandFailure) -> (CertificateProfile, Principal) {
        let identity = try folder.identity()
        do {
            let profile = try CertificateProfile(followedBy: certificate)
            let id = try Directory.identity(of: certificate)
            guard id.trustDomain == identity.trustDomain else {
                throw CommandFailure(
                    "`\(file)` is of `\(id)`, and `\(folder.path)` issues for `\(identity.trustDomain)`",
                    next: "name the folder of the partner that issued it with --certs"
                )
            }
            return (profile, id.principal)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(
                "`\(file)` cannot be renewed: \(error)",
                next: "renew certificates of nodes, mailboxes, officers and operators"
            )
        }
    }

    /// Keeps the pair under names with the certificate's serial number.
    private func keepOlder(
        _ certificate: Certificate,
        _ files: (certificate: String, key: String)
    ) throws(CommandFailure) -> (certificate: String, key: String) {
        let stem = "\(files.certificate.dropLast(".pem".count))-\(certificate.serialNumber.prefix(16).lowercased())"
        let older = (certificate: "\(stem).pem", key: "\(stem).key")
        guard !WholeFile.exists(older.key) else { return older }
        let key = try PrivateKeyFile.read(files.key)
        guard key.publicKey == certificate.publicKey else {
            throw CommandFailure(
                "`\(files.key)` is not the key of the certificate in `\(files.certificate)`",
                next: "put the key of the certificate there first: it opens what was sent so far"
            )
        }
        try WholeFile.replace(older.certificate, with: certificate.pem())
        try WholeFile.create(older.key, with: try WholeFile.read(files.key), mode: 0o600)
        return older
    }

    private func stillGood(
        _ certificates: [Certificate],
        _ profile: CertificateProfile
    ) throws(CommandFailure) -> [Certificate] {
        guard let role = profile.issuer else { return [] }
        let revoked = try folder.intermediate(role).revocationList().revokedSerialNumbers
        return certificates.filter { $0.notAfter > time.secondsSinceEpoch && !revoked.contains($0.serialNumber) }
    }
}
