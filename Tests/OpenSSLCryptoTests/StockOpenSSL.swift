import Foundation

@testable import OpenSSLCrypto

/// The stock `openssl` command, as a second opinion.
enum StockOpenSSL {
    struct Outcome {
        let status: Int32
        let output: String
    }

    /// Runs the command inside a fresh folder that holds these files.
    static func run(_ arguments: [String], files: [String: [UInt8]]) throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "entente-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, bytes) in files { try Data(bytes).write(to: folder.appending(path: name)) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: String(decoding: data, as: UTF8.self))
    }

    /// What `openssl x509 -text` prints.
    static func text(of certificate: Certificate) throws -> String {
        try run(["x509", "-in", "c.pem", "-noout", "-text"], files: ["c.pem": certificate.pem()]).output
    }
}

extension StockOpenSSL {
    /// Whether `openssl dgst -verify` takes a signature.
    static func verifies(
        _ signature: [UInt8],
        of message: [UInt8],
        publicKey: PublicKey,
        digest: String
    ) throws -> Bool {
        let files = [
            "k.pem": PEMBlock.text(label: "PUBLIC KEY", bytes: publicKey.subjectPublicKeyInfo), "s": signature,
            "m": message,
        ]
        return try run(["dgst", "-\(digest)", "-verify", "k.pem", "-signature", "s", "m"], files: files).status == 0
    }
}
