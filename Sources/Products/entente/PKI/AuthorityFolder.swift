import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// The folder of one certificate authority: its certificate, its key, its revocation list, and what it has revoked.
struct AuthorityFolder {
    let path: String

    init(_ path: String) { self.path = path }

    /// What the authority is called within the partner's folder: `root`, `nodes-ca` and so on.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    var certificatePath: String { "\(path)/certificate.pem" }
    var keyPath: String { "\(path)/key.pem" }
    var revocationListPath: String { "\(path)/crl.pem" }
    var recordPath: String { "\(path)/revoked.json" }

    /// How long a revocation list counts, in seconds.
    static let revocationListLifetime: Int64 = 30 * 86_400

    func certificate() throws(CommandFailure) -> Certificate { try CertificateFile.read(certificatePath) }

    func revocationList() throws(CommandFailure) -> CertificateRevocationList {
        try CertificateFile.readRevocationList(revocationListPath)
    }

    /// The authority with its key, ready to sign.
    func issuer() throws(CommandFailure) -> CertificateIssuer {
        do {
            return try CertificateIssuer(certificate: certificate(), key: PrivateKeyFile.read(keyPath))
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("authority `\(path)`: \(error)")
        }
    }

    /// A revocation list that is made and not yet written, with the record that it was made from.
    struct NextList {
        let list: CertificateRevocationList
        fileprivate let record: RevocationRecord
    }

    /// Writes the next revocation list with everything revoked so far, and the certificate too when one is given.
    func writeRevocationList(
        adding revocation: CertificateIssuer.Revocation? = nil,
        at time: Timestamp
    ) throws(CommandFailure) -> CertificateRevocationList {
        let next = try nextRevocationList(adding: revocation, at: time)
        try write(next)
        return next.list
    }

    /// Makes the next revocation list and writes nothing.
    func nextRevocationList(
        adding revocation: CertificateIssuer.Revocation? = nil,
        at time: Timestamp
    ) throws(CommandFailure) -> NextList {
        var record = try RevocationRecord.read(recordPath)
        var number: UInt64 = 1
        if WholeFile.exists(revocationListPath) {
            let last = try revocationList()
            guard let lastNumber = last.number, lastNumber < .max else {
                throw CommandFailure("revocation list `\(revocationListPath)`: expected a number to count up from")
            }
            number = lastNumber + 1
            record.keep(last)
        }
        if let revocation { try record.add(revocation) }
        let thisUpdate = time.secondsSinceEpoch - CertificateProfile.backdating
        do {
            let list = try issuer().revocationList(
                number: number,
                thisUpdate: thisUpdate,
                nextUpdate: thisUpdate + Self.revocationListLifetime,
                revoked: record.revocations
            )
            return NextList(list: list, record: record)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("revocation list of `\(path)`: \(error)")
        }
    }

    /// Puts a list that ``nextRevocationList(adding:at:)`` made in force.
    func write(_ next: NextList) throws(CommandFailure) {
        // The record first: a list that is lost can be made again from it.
        try next.record.write(recordPath)
        try WholeFile.replace(revocationListPath, with: next.list.pem())
    }
}
