import Foundation
import Testing

/// The floors of the design: what each target may import of the others.
@Suite struct ImportGraphTests {
    /// A row of the table in `Docs/architecture.md`: shelf, target, and the targets it may import.
    struct Row: Sendable, CustomTestStringConvertible {
        let shelf: String
        let target: String
        let imports: Set<String>

        var testDescription: String { target }
    }

    static let rows: [Row] = [
        Row(shelf: "Crypto", target: "OpenSSLCrypto", imports: ["COpenSSL"]),
        Row(shelf: "Crypto", target: "NIOOpenSSL", imports: ["COpenSSL", "OpenSSLCrypto"]),
        Row(shelf: "Domain", target: "CanonicalEncoding", imports: []),
        Row(shelf: "Domain", target: "StrictYAML", imports: []),
        Row(shelf: "Domain", target: "SecurityLabels", imports: ["CExpat", "CanonicalEncoding", "StrictYAML"]),
        Row(
            shelf: "Domain",
            target: "AccessPolicy",
            imports: ["CanonicalEncoding", "SecurityLabels", "StrictYAML"]
        ),
        Row(shelf: "Domain", target: "CoalitionDirectory", imports: ["CanonicalEncoding", "OpenSSLCrypto"]),
        Row(shelf: "Domain", target: "TransparencyLog", imports: ["CanonicalEncoding", "OpenSSLCrypto"]),
        Row(
            shelf: "Domain",
            target: "MessageEnvelope",
            imports: ["CanonicalEncoding", "CoalitionDirectory", "OpenSSLCrypto", "SecurityLabels"]
        ),
        Row(shelf: "Node", target: "Relaying", imports: domain.union(["OpenSSLCrypto"])),
        Row(shelf: "Node", target: "RelayStorage", imports: domain.union(["OpenSSLCrypto", "Relaying"])),
        Row(
            shelf: "Node",
            target: "RelayTransport",
            imports: ["CanonicalEncoding", "CoalitionDirectory", "NIOOpenSSL", "OpenSSLCrypto"]
        ),
        Row(
            shelf: "Node",
            target: "OperatorInterface",
            imports: domain.union(["OpenSSLCrypto", "Relaying", "RelayStorage"])
        ),
        Row(
            shelf: "Node",
            target: "RelayNode",
            imports: domain.union([
                "NIOOpenSSL", "OpenSSLCrypto", "Relaying", "RelayStorage", "RelayTransport", "OperatorInterface",
            ])
        ),
        Row(
            shelf: "Products",
            target: "EntenteClient",
            imports: [
                "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "NIOOpenSSL",
                "OpenSSLCrypto", "RelayTransport", "SecurityLabels", "TransparencyLog",
            ]
        ),
        Row(
            shelf: "Products",
            target: "entented",
            imports: ["CanonicalEncoding", "OperatorInterface", "RelayNode", "RelayStorage", "Relaying", "StrictYAML"]
        ),
        Row(
            shelf: "Products",
            target: "entente",
            imports: domain.union([
                "EntenteClient", "OpenSSLCrypto", "RelayStorage", "RelayTransport", "Relaying", "NIOOpenSSL",
            ])
        ),
    ]

    static let domain: Set<String> = [
        "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "SecurityLabels", "StrictYAML",
        "TransparencyLog",
    ]

    @Test(arguments: rows)
    func `a target imports only what stands above it`(row: Row) throws {
        let rooms = Set(Self.rows.map(\.target)).union(["CExpat", "COpenSSL"])
        let files = try Repository.swiftFiles(under: "Sources/\(row.shelf)/\(row.target)")
        #expect(!files.isEmpty)
        for file in files {
            let imported = try Repository.imports(of: file).intersection(rooms)
            let forbidden = imported.subtracting(row.imports)
            #expect(forbidden.isEmpty, "\(file.path) imports \(forbidden.sorted())")
        }
    }

    /// What a target may import from outside, beside the system's C library: what ships depends on nothing else.
    static let outside: [String: Set<String>] = [
        "NIOOpenSSL": ["NIOCore", "NIOPosix", "NIOTLS"],
        "StrictYAML": ["Yams"],
        "CoalitionDirectory": ["Synchronization"],
        "RelayStorage": ["Foundation", "GRDB", "GRDBSQLite", "Synchronization"],
        "RelayTransport": [
            "HTTPTypes", "NIOConcurrencyHelpers", "NIOCore", "NIOHTTP1", "NIOHTTP2", "NIOHTTPTypes",
            "NIOHTTPTypesHTTP1", "NIOHTTPTypesHTTP2", "NIOPosix", "NIOTLS",
        ],
        "OperatorInterface": [
            "Foundation", "HTTPTypes", "Hummingbird", "HummingbirdCore", "Logging", "NIOCore", "NIOPosix",
            "Synchronization",
        ],
        "RelayNode": ["Foundation", "HTTPTypes", "Logging", "NIOCore", "NIOPosix", "Synchronization"],
        "EntenteClient": ["Foundation", "HTTPTypes", "NIOCore", "NIOPosix", "Synchronization"],
        "entented": ["ArgumentParser", "Foundation", "Logging", "NIOPosix", "Synchronization", "UnixSignals"],
        "entente": ["ArgumentParser", "Foundation", "HTTPTypes", "NIOCore"],
    ]

    @Test(arguments: rows)
    func `a target imports nothing from outside that it does not name here`(row: Row) throws {
        let others = Set(Self.rows.map(\.target)).union(["CExpat", "COpenSSL", "Glibc", "Musl"])
        let allowed = Self.outside[row.target, default: []]
        var imported: Set<String> = []
        for file in try Repository.swiftFiles(under: "Sources/\(row.shelf)/\(row.target)") {
            let found = try Repository.imports(of: file).subtracting(others)
            #expect(found.subtracting(allowed) == [], "\(file.path)")
            imported.formUnion(found)
        }
        #expect(allowed.subtracting(imported) == [], "\(row.target) may import what it does not")
    }

    @Test func `every folder of a shelf is a row of the table`() throws {
        for shelf in ["Crypto", "Domain", "Node", "Products"] {
            let folders = try Repository.folders(in: "Sources/\(shelf)").subtracting(["CExpat", "COpenSSL"])
            #expect(folders == Set(Self.rows.filter { $0.shelf == shelf }.map(\.target)))
        }
    }

    @Test func `the domain does no input or output`() throws {
        for row in Self.rows where row.shelf == "Domain" {
            for file in try Repository.swiftFiles(under: "Sources/\(row.shelf)/\(row.target)") {
                let outside = try Repository.imports(of: file).intersection([
                    "Foundation", "Dispatch", "NIOCore", "GRDB",
                ])
                #expect(outside.isEmpty, "\(file.path) imports \(outside.sorted())")
            }
        }
    }

    @Test func `SQL stands in the store alone`() throws {
        for file in try Repository.swiftFiles(under: "Sources") where try Repository.imports(of: file).contains("GRDB")
        {
            #expect(file.path.contains("/RelayStorage/"), "\(file.path) imports GRDB")
        }
    }

    @Test func `the top level holds what the readme names and nothing else`() throws {
        let allowed: Set = [
            "Package.swift", "Sources", "Tests", "Certs", "Config", "README.md", "Scripts", "Benchmarks", "Docs",
            "LICENSE", "CHANGELOG.md",
        ]
        let tracked = try Repository.trackedFiles()
        let top = Set(tracked.compactMap { $0.split(separator: "/").first.map(String.init) })
        #expect(top.filter { !$0.hasPrefix(".") }.subtracting(allowed) == [])
    }

    @Test func `no private key, database or build folder is tracked`() throws {
        for path in try Repository.trackedFiles() {
            #expect(
                !path.hasPrefix(".build") && !path.hasSuffix(".sqlite") && !path.hasSuffix("Package.resolved"),
                "\(path)"
            )
            guard !path.hasSuffix(".png") else { continue }
            let text = try String(
                decoding: Data(contentsOf: Repository.root.appendingPathComponent(path)),
                as: UTF8.self
            )
            // A key has its base 64 behind the line; tests may well name the line alone.
            let key = try Regex(#"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/=]{40,}"#)
            #expect(text.firstMatch(of: key) == nil, "\(path) holds a private key")
        }
    }
}
