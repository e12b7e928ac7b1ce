import CoalitionDirectory
import Foundation
import OpenSSLCrypto

/// A certificate of a principal that lies in a partner's folder.
struct IssuedCertificate {
    let path: String
    let certificate: Certificate
    let holder: Principal

    /// Whether this is another certificate of whoever holds `certificate`.
    func isOfSameHolder(as certificate: Certificate) -> Bool {
        self.certificate != certificate && self.certificate.uris == certificate.uris
    }
}

extension PartnerFolder {
    /// Every certificate of a node, mailbox or person in the folder, in the order of their paths.
    ///
    /// Files that hold no such certificate are passed over: the folder may hold whatever its owner keeps there.
    func issued() throws(CommandFailure) -> [IssuedCertificate] {
        var issued: [IssuedCertificate] = []
        for kind in ["nodes", "mailboxes", "people"] {
            for name in try Self.names(in: "\(path)/\(kind)") {
                for file in try Self.names(in: "\(path)/\(kind)/\(name)") where file.hasSuffix(".pem") {
                    issued += try Self.certificates(in: "\(path)/\(kind)/\(name)/\(file)")
                }
            }
        }
        return issued
    }

    private static func names(in folder: String) throws(CommandFailure) -> [String] {
        guard WholeFile.exists(folder) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw CommandFailure("cannot list `\(folder)`: \(error.localizedDescription)")
        }
    }

    private static func certificates(in file: String) throws(CommandFailure) -> [IssuedCertificate] {
        let bytes = try WholeFile.read(file)
        guard String(decoding: bytes, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----") else { return [] }
        return try CertificateFile.readAll(file).compactMap { certificate in
            guard let uri = certificate.uris.first, case .success(let id) = SPIFFEID.parse(uri) else { return nil }
            return IssuedCertificate(path: file, certificate: certificate, holder: id.principal)
        }
    }
}

extension SPIFFEID {
    fileprivate static func parse(_ text: String) -> Result<SPIFFEID, IdentifierError> {
        do {
            return .success(try SPIFFEID(text))
        } catch {
            return .failure(error)
        }
    }
}
