import Dispatch
import Foundation
import NodeSupport
import OpenSSLCrypto
import TestSupport

/// `openssl s_client`, for what a well-behaved client would not send.
struct StockClient {
    let output: String

    /// Connects to a node, sends `input` and nothing more, and waits until the node ends the connection.
    ///
    /// - Parameter credential: nil to come without a certificate.
    static func run(
        to code: String,
        in coalition: RunningCoalition,
        as credential: Credential?,
        sending input: String
    ) async throws -> StockClient {
        var arguments = ["s_client", "-connect", "127.0.0.1:\(coalition.port(of: code))", "-alpn", "http/1.1"]
        arguments += ["-ign_eof", "-quiet"]
        if let credential {
            let name = "stock-\(credential.certificate.serialNumber)"
            try coalition.write(credential.chain.flatMap { $0.pem() }, "\(name).pem")
            try coalition.write(try credential.key.pem(), "\(name).key")
            let folder = coalition.folder.path
            arguments += ["-cert", "\(folder)/\(name).pem", "-cert_chain", "\(folder)/\(name).pem"]
            arguments += ["-key", "\(folder)/\(name).key"]
        }
        return try await withCheckedThrowingContinuation { [arguments] continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try StockClient(arguments, input) })
            }
        }
    }

    private init(_ arguments: [String], _ input: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        // Whatever the node does, the test ends.
        process.arguments = ["timeout", "60", "openssl"] + arguments
        let incoming = Pipe()
        let outgoing = Pipe()
        process.standardInput = incoming
        process.standardOutput = outgoing
        process.standardError = outgoing
        try process.run()
        try incoming.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        output = String(decoding: try outgoing.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        try incoming.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
