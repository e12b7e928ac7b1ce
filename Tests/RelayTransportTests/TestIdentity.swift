import Foundation
import NIOOpenSSL
import OpenSSLCrypto

/// A self-signed certificate and its key, made for the run.
struct TestIdentity: Sendable {
    let certificate: Certificate
    let key: PrivateKey

    static let server = make(name: "server")
    static let client = make(name: "client")
    static let other = make(name: "other")

    private static func make(name: String) -> TestIdentity {
        do {
            let key = try PrivateKey.generate(.p256)
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

    func context(
        _ side: TLSSide,
        authenticate: @escaping @Sendable ([Certificate]) -> PeerVerdict<String> = { .accepted($0[0].subject) }
    ) throws -> TLSContext<String> {
        try TLSContext(
            side: side,
            certificateChain: [certificate],
            privateKey: key,
            applicationProtocols: ["h2", "http/1.1"],
            authenticate: authenticate
        )
    }

    /// Writes certificate and key as PEM files for a command, and removes them afterwards.
    func withFiles<Result>(_ body: (_ certificate: String, _ key: String) async throws -> Result) async throws -> Result
    {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("transport-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let certificateFile = folder.appendingPathComponent("certificate.pem")
        let keyFile = folder.appendingPathComponent("key.pem")
        try Data(certificate.pem()).write(to: certificateFile)
        try Data(key.pem()).write(to: keyFile)
        return try await body(certificateFile.path, keyFile.path)
    }
}
