import Foundation
import OpenSSLCrypto

/// A self-signed certificate and its key, made for the run.
struct TestIdentity: Sendable {
    let certificate: Certificate
    let key: PrivateKey

    static let server = make(name: "server", algorithm: .p256)
    static let client = make(name: "client", algorithm: .p256)
    static let clientEd25519 = make(name: "client-ed25519", algorithm: .ed25519)
    static let serverP384 = make(name: "server-384", algorithm: .p384)
    static let clientP384 = make(name: "client-384", algorithm: .p384)

    private static func make(name: String, algorithm: KeyAlgorithm) -> TestIdentity {
        do {
            let key = try PrivateKey.generate(algorithm)
            let now = Int64(Date().timeIntervalSince1970)
            let template = CertificateTemplate(
                commonName: name,
                publicKey: key.publicKey,
                notBefore: now - 3600,
                notAfter: now + 86400,
                keyUsage: [.digitalSignature],
                extendedKeyUsage: [.clientAuth, .serverAuth],
                uris: ["spiffe://test.example/node/\(name)"],
                dnsNames: ["localhost"]
            )
            return TestIdentity(certificate: try CertificateIssuer.selfSigned(template, key: key), key: key)
        } catch {
            preconditionFailure("cannot make a test certificate: \(error)")
        }
    }

    /// Writes certificate and key as PEM files for a command, and removes them afterwards.
    func withFiles<Result>(_ body: (_ certificate: String, _ key: String) async throws -> Result) async throws -> Result
    {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nioopenssl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let certificateFile = folder.appendingPathComponent("certificate.pem")
        let keyFile = folder.appendingPathComponent("key.pem")
        try Data(certificate.pem()).write(to: certificateFile)
        try Data(key.pem()).write(to: keyFile)
        return try await body(certificateFile.path, keyFile.path)
    }
}
