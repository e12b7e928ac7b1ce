import Foundation
import OpenSSLCrypto

/// The real `openssl` command: the other implementation that everything here is held against.
enum OpenSSLCommand {
    struct Failure: Error, CustomStringConvertible {
        let arguments: [String]
        let status: Int32
        let output: String

        var description: String { "`openssl \(arguments.joined(separator: " "))` exited with \(status): \(output)" }
    }

    /// Runs the command in `folder` and returns its standard output.
    @discardableResult
    static func run(_ arguments: [String], in folder: URL) throws -> [UInt8] {
        try execute(arguments, in: folder).output
    }

    /// Runs the command in `folder` and returns what it says on standard error.
    static func runForDiagnostics(_ arguments: [String], in folder: URL) throws -> String {
        try execute(arguments, in: folder).diagnostics
    }

    private static func execute(
        _ arguments: [String],
        in folder: URL
    ) throws -> (output: [UInt8], diagnostics: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder
        let output = Pipe()
        // A file, because a second pipe that nobody empties could block the command.
        let diagnostics = folder.appendingPathComponent("stderr-\(UUID().uuidString)")
        try Data().write(to: diagnostics)
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: diagnostics)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = try String(decoding: Data(contentsOf: diagnostics), as: UTF8.self)
        try FileManager.default.removeItem(at: diagnostics)
        guard process.terminationStatus == 0 else {
            throw Failure(arguments: arguments, status: process.terminationStatus, output: text)
        }
        return ([UInt8](data), text)
    }
}

/// A root and four certificates under it, made by the `openssl` command once for all tests.
struct CMSTestMaterial: Sendable {
    struct Holder: Sendable {
        let name: String
        let certificate: Certificate
        let key: PrivateKey
        var signer: CMSSigner { CMSSigner(certificate: certificate, key: key) }
    }

    /// Where `root.pem` and each holder's `name.pem` and `name.key` lie.
    let folder: URL
    let p256: Holder
    let p384: Holder
    /// Another P-256 holder.
    let other: Holder
    /// Another P-384 holder.
    let other384: Holder

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
    private static let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "cms-\(UUID().uuidString)"
    )

    private init() throws {
        let folder = Self.folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // The keys are worthless, but a thousand runs should not leave a thousand folders.
        atexit { try? FileManager.default.removeItem(at: CMSTestMaterial.folder) }
        self.folder = folder
        try OpenSSLCommand.run(
            Self.request(subject: "Root", curve: "P-256", file: "root")
                + ["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
            in: folder
        )
        p256 = try Self.issue("p256", curve: "P-256", in: folder)
        p384 = try Self.issue("p384", curve: "P-384", in: folder)
        other = try Self.issue("other", curve: "P-256", in: folder)
        other384 = try Self.issue("other384", curve: "P-384", in: folder)
    }

    func holder(_ algorithm: KeyAlgorithm) -> Holder {
        algorithm == .p384 ? p384 : p256
    }

    func read(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    /// Writes a file of its own for each call and returns its name.
    func write(_ bytes: [UInt8]) throws -> String {
        let name = UUID().uuidString
        try Data(bytes).write(to: folder.appendingPathComponent(name))
        return name
    }

    private static func request(subject: String, curve: String, file: String) -> [String] {
        [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:\(curve)", "-nodes", "-days", "3650",
            "-subj", "/O=Test/CN=\(subject)", "-keyout", "\(file).key", "-out", "\(file).pem",
        ]
    }

    private static func issue(_ name: String, curve: String, in folder: URL) throws -> Holder {
        try OpenSSLCommand.run(
            request(subject: name, curve: curve, file: name) + [
                "-CA", "root.pem", "-CAkey", "root.key", "-addext", "basicConstraints=critical,CA:FALSE",
                "-addext", "keyUsage=critical,digitalSignature,keyAgreement",
                "-addext", "extendedKeyUsage=clientAuth,emailProtection",
                "-addext", "subjectAltName=URI:spiffe://gbr.example/mailbox/\(name)",
            ],
            in: folder
        )
        let der = try OpenSSLCommand.run(["x509", "-in", "\(name).pem", "-outform", "DER"], in: folder)
        let pem = try Data(contentsOf: folder.appendingPathComponent("\(name).key"))
        return Holder(name: name, certificate: try Certificate(der: der), key: try PrivateKey(pem: [UInt8](pem)))
    }
}
