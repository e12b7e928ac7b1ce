import Foundation
import Testing

/// All cryptography goes through OpenSSL: nothing that ships links BoringSSL.
@Suite struct LinkedLibrariesTests {
    /// The folder of the binaries beside this test's own.
    static var binaries: URL {
        get throws {
            var folder = try URL(
                fileURLWithPath: FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            )
            while folder.pathComponents.count > 1 {
                folder.deleteLastPathComponent()
                if FileManager.default.fileExists(atPath: folder.appendingPathComponent("entented").path) {
                    return folder
                }
            }
            // Under `swift test` the running program may be the test helper of the toolchain.
            let named = ProcessInfo.processInfo.arguments.lazy.map {
                URL(fileURLWithPath: $0).deletingLastPathComponent()
            }
            return try #require(
                named.first { FileManager.default.fileExists(atPath: $0.appendingPathComponent("entented").path) }
            )
        }
    }

    /// How many symbols of a binary stem from BoringSSL: swift-crypto and swift-nio-ssl give theirs these prefixes.
    private func boringSSLSymbols(in name: String) throws -> Int {
        let path = try Self.binaries.appendingPathComponent(name).path
        let symbols = try Repository.run("nm", [path]).split(separator: "\n")
        // A stripped binary would show nothing and prove nothing.
        #expect(symbols.count > 1000, "\(name) is stripped")
        return symbols.count {
            $0.contains("CCryptoBoringSSL") || $0.contains("CNIOBoringSSL") || $0.contains("BORINGSSL")
        }
    }

    @Test(arguments: ["entented", "entente", "entente-load"])
    func `nothing that ships links BoringSSL`(name: String) throws {
        #expect(try boringSSLSymbols(in: name) == 0)
    }

    @Test func `a binary that links BoringSSL is found out`() throws {
        #expect(try boringSSLSymbols(in: "BoringSSLControl") > 0)
    }

    @Test(arguments: ["entented", "entente"])
    func `what ships is linked to the system's libssl and SQLite`(name: String) throws {
        let libraries = try Repository.run("ldd", [try Self.binaries.appendingPathComponent(name).path])
        #expect(libraries.contains("libcrypto.so.3"))
        #expect(libraries.contains("libssl.so.3"))
        #expect(libraries.contains("libsqlite3.so"))
    }
}
