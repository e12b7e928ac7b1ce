// swift-tools-version: 6.2

import PackageDescription

// The shelves, from the lowest to the highest: a target imports only what stands above it in this list.
// `Tests/RepositoryTests` holds the graph against the table of the design.

let crypto: [Target] = [
    .systemLibrary(
        name: "COpenSSL",
        path: "Sources/Crypto/COpenSSL",
        pkgConfig: "openssl",
        providers: [.apt(["libssl-dev"])]
    ),
    room("OpenSSLCrypto", on: "Crypto", ["COpenSSL"]),
    room("NIOOpenSSL", on: "Crypto", ["COpenSSL", "OpenSSLCrypto", nioCore, nioPosix, nioTLS]),
]

let domain: [Target] = [
    .systemLibrary(
        name: "CExpat",
        path: "Sources/Domain/CExpat",
        pkgConfig: "expat",
        providers: [.apt(["libexpat1-dev"])]
    ),
    room("CanonicalEncoding", on: "Domain", []),
    room("StrictYAML", on: "Domain", [yams]),
    room("SecurityLabels", on: "Domain", ["CExpat", "CanonicalEncoding", "StrictYAML"]),
    room("AccessPolicy", on: "Domain", ["CanonicalEncoding", "SecurityLabels", "StrictYAML"]),
    room("CoalitionDirectory", on: "Domain", ["CanonicalEncoding", "OpenSSLCrypto"]),
    room("TransparencyLog", on: "Domain", ["CanonicalEncoding", "OpenSSLCrypto"]),
    room(
        "MessageEnvelope",
        on: "Domain",
        ["CanonicalEncoding", "CoalitionDirectory", "OpenSSLCrypto", "SecurityLabels"]
    ),
]

let node: [Target] = [
    room(
        "Relaying",
        on: "Node",
        [
            "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "OpenSSLCrypto",
            "SecurityLabels", "TransparencyLog",
        ]
    ),
    room(
        "RelayStorage",
        on: "Node",
        [
            "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "OpenSSLCrypto", "Relaying",
            "SecurityLabels", "TransparencyLog", grdb, sqlite,
        ]
    ),
    room(
        "RelayTransport",
        on: "Node",
        [
            "CanonicalEncoding", "CoalitionDirectory", "NIOOpenSSL", "OpenSSLCrypto", httpTypes, logging, nioCore,
            nioHTTP1, nioHTTP2, nioHTTPTypes, nioHTTPTypesHTTP1, nioHTTPTypesHTTP2, nioPosix, nioTLS,
        ]
    ),
    room(
        "OperatorInterface",
        on: "Node",
        [
            "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "OpenSSLCrypto", "RelayStorage", "Relaying",
            "SecurityLabels", "TransparencyLog", httpTypes, hummingbird, logging, nioCore, nioPosix,
        ]
    ),
    room(
        "RelayNode",
        on: "Node",
        [
            "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "NIOOpenSSL",
            "OpenSSLCrypto", "OperatorInterface", "RelayStorage", "RelayTransport", "Relaying", "SecurityLabels",
            "StrictYAML", "TransparencyLog", httpTypes, logging, nioCore, nioPosix,
        ]
    ),
]

let products: [Target] = [
    room(
        "EntenteClient",
        on: "Products",
        [
            "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "NIOOpenSSL", "OpenSSLCrypto",
            "RelayTransport", "SecurityLabels", "TransparencyLog", httpTypes, nioCore, nioPosix,
        ]
    ),
    program(
        "entented",
        at: "Sources/Products/entented",
        [
            "CanonicalEncoding", "OperatorInterface", "RelayNode", "RelayStorage", "Relaying", "StrictYAML",
            argumentParser, logging, nioPosix, unixSignals,
        ]
    ),
    program(
        "entente",
        at: "Sources/Products/entente",
        [
            "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "EntenteClient", "MessageEnvelope",
            "OpenSSLCrypto", "RelayStorage", "RelayTransport", "Relaying", "SecurityLabels", "StrictYAML",
            "TransparencyLog", argumentParser, httpTypes, nioCore, nioPosix,
        ]
    ),
]

/// Measuring instruments; not shipped.
let benchmarks: [Target] = [
    program(
        "entente-load",
        at: "Benchmarks/entente-load",
        [
            "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "EntenteClient", "MessageEnvelope",
            "NIOOpenSSL", "OpenSSLCrypto", "RelayTransport", "SecurityLabels", argumentParser, histogram, httpTypes,
            nioCore, nioPosix,
        ]
    ),
    program(
        "log-bench",
        at: "Benchmarks/log-bench",
        [
            "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "OpenSSLCrypto", "RelayStorage", "Relaying",
            "TransparencyLog", argumentParser, histogram,
        ]
    ),
    .target(name: "AllocationCounter", path: "Benchmarks/AllocationCounter"),
    program(
        "policy-bench",
        at: "Benchmarks/policy-bench",
        ["AccessPolicy", "AllocationCounter", "CanonicalEncoding", "PolicySupport", "SecurityLabels"]
    ),
]

/// The program that libFuzzer drives. It has no `main` of its own, so it is built by `Scripts/fuzz` alone.
let fuzzing: [Target] =
    Context.environment["ENTENTE_FUZZ"] == nil
    ? [] : [program("entente-fuzz", at: "Tests/entente-fuzz", ["FuzzTargets"])]

let package = Package(
    name: "entente",
    products: [
        .library(name: "EntenteClient", targets: ["EntenteClient"]),
        .executable(name: "entented", targets: ["entented"]),
        .executable(name: "entente", targets: ["entente"]),
        // Loaded before the daemon by its tests; nothing links it.
        .library(name: "DiskFaults", type: .dynamic, targets: ["DiskFaults"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        // For one program that tests a test; nothing that ships depends on it.
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: crypto + domain + node + products + benchmarks + fuzzing + tests,
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ]
}

// MARK: - Tests

var tests: [Target] {
    [
        .target(
            name: "TestSupport",
            dependencies: ["CanonicalEncoding", "CoalitionDirectory", "OpenSSLCrypto"],
            path: "Tests/TestSupport"
        ),
        .target(name: "VectorSupport", path: "Tests/VectorSupport"),
        .target(name: "DiskFaults", path: "Tests/DiskFaults"),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "OpenSSLCrypto",
                "SecurityLabels", "StrictYAML", "TransparencyLog",
            ],
            path: "Tests/FuzzTargets",
            exclude: ["README.md"]
        ),
        .target(
            name: "PolicySupport",
            dependencies: ["AccessPolicy", "CanonicalEncoding", "SecurityLabels"],
            path: "Tests/PolicySupport"
        ),
        .target(
            name: "NodeSupport",
            dependencies: [
                "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "NIOOpenSSL",
                "OpenSSLCrypto", "RelayNode", "RelayTransport", "SecurityLabels", "TestSupport", "TransparencyLog",
                httpTypes, logging, nioCore, nioPosix,
            ],
            path: "Tests/NodeSupport"
        ),
        suite("CanonicalEncoding", []),
        suite("OpenSSLCrypto", ["COpenSSL", "TestSupport"]),
        suite(
            "NIOOpenSSL",
            ["COpenSSL", "OpenSSLCrypto", "TestSupport", nioCore, nioEmbedded, nioPosix, nioTLS]
        ),
        suite(
            "SecurityLabels",
            ["CanonicalEncoding", "FuzzTargets", "StrictYAML", "VectorSupport"],
            excluding: ["Vectors"]
        ),
        suite("FuzzTargets", [], excluding: ["Corpus"]),
        suite(
            "AccessPolicy",
            ["CanonicalEncoding", "PolicySupport", "SecurityLabels", "StrictYAML", "VectorSupport"],
            excluding: ["Vectors"]
        ),
        suite("CoalitionDirectory", ["CanonicalEncoding", "OpenSSLCrypto", "TestSupport"]),
        suite(
            "EntenteClient",
            [
                "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "NIOOpenSSL",
                "NodeSupport",
                "OpenSSLCrypto", "RelayTransport", "SecurityLabels", "TestSupport", "TransparencyLog", httpTypes,
                nioCore, nioPosix,
            ]
        ),
        suite(
            "entente",
            [
                "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "EntenteClient", "MessageEnvelope",
                "NodeSupport", "OpenSSLCrypto", "OperatorInterface", "RelayNode", "RelayStorage", "RelayTransport",
                "Relaying", "SecurityLabels", "StrictYAML", "TestSupport", "TransparencyLog", argumentParser,
                httpTypes, nioCore,
            ],
            excluding: ["CommandLine/help.txt", "Label/Transcripts", "Reporting/Golden"]
        ),
        suite(
            "entented",
            [
                "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "NodeSupport", "OpenSSLCrypto",
                "RelayStorage", "RelayTransport", "Relaying", "SecurityLabels", "TestSupport", "TransparencyLog",
                httpTypes, nioCore, nioPosix,
            ]
        ),
        suite(
            "MessageEnvelope",
            ["CanonicalEncoding", "CoalitionDirectory", "OpenSSLCrypto", "SecurityLabels", "TestSupport"]
        ),
        suite(
            "OperatorInterface",
            [
                "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "OpenSSLCrypto", "RelayStorage",
                "RelayTransport", "Relaying", "SecurityLabels", "TestSupport", "TransparencyLog", httpTypes, logging,
                nioCore, nioEmbedded, nioPosix,
            ]
        ),
        suite(
            "RelayStorage",
            [
                "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "OpenSSLCrypto",
                "Relaying", "SecurityLabels", "TestSupport", "TransparencyLog", grdb,
            ]
        ),
        suite(
            "RelayTransport",
            [
                "CanonicalEncoding", "NIOOpenSSL", "OpenSSLCrypto", "TestSupport", httpTypes, logging, nioCore,
                nioEmbedded, nioHTTP1, nioHTTP2, nioPosix, nioTLS,
            ]
        ),
        suite(
            "Relaying",
            [
                "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "OpenSSLCrypto",
                "SecurityLabels", "TestSupport", "TransparencyLog",
            ]
        ),
        program(
            "BoringSSLControl",
            at: "Tests/BoringSSLControl",
            [.product(name: "Crypto", package: "swift-crypto")]
        ),
        .testTarget(name: "RecipeTests", dependencies: ["entente", "entented", "entente-load"]),
        .testTarget(
            name: "RepositoryTests",
            dependencies: ["BoringSSLControl", "entente", "entented", "entente-load"]
        ),
        suite("StrictYAML", []),
        suite("TransparencyLog", ["CanonicalEncoding", "OpenSSLCrypto"]),
        suite(
            "RelayNode",
            [
                "AccessPolicy", "CanonicalEncoding", "CoalitionDirectory", "MessageEnvelope", "NIOOpenSSL",
                "NodeSupport", "OpenSSLCrypto", "OperatorInterface", "RelayStorage", "RelayTransport", "Relaying",
                "SecurityLabels", "TestSupport", "TransparencyLog", grdb, httpTypes, logging, nioCore, nioPosix,
            ]
        ),
    ]
}

// MARK: - Dependencies by name

var argumentParser: Target.Dependency { .product(name: "ArgumentParser", package: "swift-argument-parser") }
var grdb: Target.Dependency { .product(name: "GRDB", package: "GRDB.swift") }
var sqlite: Target.Dependency { .product(name: "GRDBSQLite", package: "GRDB.swift") }
var histogram: Target.Dependency { .product(name: "Histogram", package: "hdrhistogram-swift") }
var httpTypes: Target.Dependency { .product(name: "HTTPTypes", package: "swift-http-types") }
var hummingbird: Target.Dependency { .product(name: "Hummingbird", package: "hummingbird") }
var logging: Target.Dependency { .product(name: "Logging", package: "swift-log") }
var nioCore: Target.Dependency { .product(name: "NIOCore", package: "swift-nio") }
var nioEmbedded: Target.Dependency { .product(name: "NIOEmbedded", package: "swift-nio") }
var nioHTTP1: Target.Dependency { .product(name: "NIOHTTP1", package: "swift-nio") }
var nioHTTP2: Target.Dependency { .product(name: "NIOHTTP2", package: "swift-nio-http2") }
var nioHTTPTypes: Target.Dependency { .product(name: "NIOHTTPTypes", package: "swift-nio-extras") }
var nioHTTPTypesHTTP1: Target.Dependency { .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras") }
var nioHTTPTypesHTTP2: Target.Dependency { .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras") }
var nioPosix: Target.Dependency { .product(name: "NIOPosix", package: "swift-nio") }
var nioTLS: Target.Dependency { .product(name: "NIOTLS", package: "swift-nio") }
var unixSignals: Target.Dependency { .product(name: "UnixSignals", package: "swift-service-lifecycle") }
var yams: Target.Dependency { .product(name: "Yams", package: "Yams") }

func room(_ name: String, on shelf: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(shelf)/\(name)")
}

func program(_ name: String, at path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path)
}

func suite(_ subject: String, _ dependencies: [Target.Dependency], excluding excluded: [String] = []) -> Target {
    .testTarget(
        name: "\(subject)Tests",
        dependencies: [.init(stringLiteral: subject)] + dependencies,
        exclude: excluded
    )
}
