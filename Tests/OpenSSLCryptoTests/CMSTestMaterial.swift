import OpenSSLCrypto
import Testing

/// A root and four certificates under it, made by the `openssl` command once for all tests.
struct CMSTestMaterial: Sendable {
    struct Holder: Sendable {
        let name: String
        let certificate: Certificate
        let key: PrivateKey
        var signer: CMSSigner { CMSSigner(certificate: certificate, key: key) }
    }

    let p256: Holder
    let p384: Holder
    /// Another P-256 holder.
    let other: Holder
    /// Another P-384 holder.
    let other384: Holder
    /// `root.pem`, and `name.pem` and `name.key` of each holder.
    private let files: [String: [UInt8]]

    static let signingTime: Int64 = 1_795_000_000
    static let label = ESSSecurityLabel(
        policyIdentifier: "1.3.26.1.3.1",
        classification: 4,
        privacyMark: "GBR SECRET//REL TO FRA, DEU"
    )
    static let request = ESSReceiptRequest(
        contentIdentifier: Array("0199aabb-ccdd-7eef-8001-020304050607".utf8),
        receiptsTo: "spiffe://gbr.example/mailbox/j2"
    )
    static let attributes = [label?.attribute, request?.attribute].compactMap { $0 }

    static func shared() throws -> CMSTestMaterial { try made.get() }
    private static let made = Result { try CMSTestMaterial() }

    private init() throws {
        let usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        var files = try OpenSSLCommand.run(Self.request("root", curve: "P-256") + usage, files: [:]).files
        p256 = try Self.issue("p256", curve: "P-256", &files)
        p384 = try Self.issue("p384", curve: "P-384", &files)
        other = try Self.issue("other", curve: "P-256", &files)
        other384 = try Self.issue("other384", curve: "P-384", &files)
        self.files = files
    }

    func holder(_ algorithm: KeyAlgorithm) -> Holder {
        algorithm == .p384 ? p384 : p256
    }

    /// Runs `openssl` beside the certificates, keys and `input`; returns its standard output.
    @discardableResult
    func openssl(_ arguments: [String], files input: [String: [UInt8]]) throws -> [UInt8] {
        try OpenSSLCommand.run(arguments, files: files.merging(input) { $1 }).output
    }

    /// The same, for what the command says on standard error.
    func opensslDiagnostics(_ arguments: [String], files input: [String: [UInt8]]) throws -> String {
        try OpenSSLCommand.run(arguments, files: files.merging(input) { $1 }).diagnostics
    }

    private static func request(_ name: String, curve: String) -> [String] {
        [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:\(curve)", "-nodes", "-days", "3650",
            "-subj", "/O=Test/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem",
        ]
    }

    private static func issue(_ name: String, curve: String, _ files: inout [String: [UInt8]]) throws -> Holder {
        let made = try OpenSSLCommand.run(
            request(name, curve: curve) + [
                "-CA", "root.pem", "-CAkey", "root.key", "-addext", "basicConstraints=critical,CA:FALSE",
                "-addext", "keyUsage=critical,digitalSignature,keyAgreement",
                "-addext", "extendedKeyUsage=clientAuth,emailProtection",
                "-addext", "subjectAltName=URI:spiffe://gbr.example/mailbox/\(name)",
            ],
            files: files
        ).files
        files.merge(made) { $1 }
        let certificates = try Certificate.parse(pem: #require(made["\(name).pem"]))
        return Holder(
            name: name,
            certificate: try #require(certificates.first),
            key: try PrivateKey(pem: #require(made["\(name).key"]))
        )
    }
}
