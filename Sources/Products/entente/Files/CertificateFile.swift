import OpenSSLCrypto

/// Certificates and revocation lists in PEM files.
enum CertificateFile {
    /// Every certificate of the file, at least one.
    static func readAll(_ path: String) throws(CommandFailure) -> [Certificate] {
        let bytes = try WholeFile.read(path)
        do {
            return try Certificate.parse(pem: bytes)
        } catch {
            throw CommandFailure("certificate `\(path)`: \(error)")
        }
    }

    /// The one certificate of the file.
    static func read(_ path: String) throws(CommandFailure) -> Certificate {
        let certificates = try readAll(path)
        guard certificates.count == 1, let certificate = certificates.first else {
            throw CommandFailure("certificate `\(path)`: expected one certificate, got \(certificates.count)")
        }
        return certificate
    }

    /// The one revocation list of the file.
    static func readRevocationList(_ path: String) throws(CommandFailure) -> CertificateRevocationList {
        let bytes = try WholeFile.read(path)
        let lists: [CertificateRevocationList]
        do {
            lists = try CertificateRevocationList.parse(pem: bytes)
        } catch {
            throw CommandFailure("revocation list `\(path)`: \(error)")
        }
        guard lists.count == 1, let list = lists.first else {
            throw CommandFailure("revocation list `\(path)`: expected one list, got \(lists.count)")
        }
        return list
    }
}
