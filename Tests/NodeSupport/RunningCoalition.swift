package import CanonicalEncoding
package import CoalitionDirectory
package import Foundation
package import Logging
package import MessageEnvelope
import NIOOpenSSL
import NIOPosix
import OpenSSLCrypto
package import RelayNode
package import RelayTransport
package import SecurityLabels
import Synchronization
package import TestSupport
import TransparencyLog

/// Nodes of the example coalition in one process, over real TLS on loopback, each with a data folder of its own.
///
/// The policy is the example of `Config/policy.yaml`. GBR reaches JPN, and JPN reaches GBR, through the hub of FRA.
package final class RunningCoalition: Sendable {
    package static let nodeNames = [
        "GBR": "gbr-1", "FRA": "fra-hub", "DEU": "deu-1", "JPN": "jpn-1", "UN": "un-1", "ACME": "acme-1",
    ]
    private static let mailboxes = [
        "GBR": ["j2-fusion", "maritime-desk"], "FRA": ["cni"], "DEU": ["lage"], "JPN": ["maritime-ops"],
        "UN": ["situation-room"], "ACME": ["soc"],
    ]

    package let fixture: CoalitionFixture
    package let folder: URL
    package let policyFile: URL
    private let ports: [String: Int]
    private let handshakePool: NIOThreadPool
    private let running = Mutex<[String: (node: Node, task: Task<Void, any Error>)]>([:])

    /// Makes certificates, sheets and configuration files; no node runs yet.
    package init(realm: Realm = .live) throws {
        let ports = try FreePorts.reserve(Self.nodeNames.count)
        var portByCode: [String: Int] = [:]
        for (code, port) in zip(Self.nodeNames.keys.sorted(), ports) { portByCode[code] = port }
        self.ports = portByCode
        let plans = try Self.nodeNames.map { code, name in
            try PartnerPlan(
                code: code,
                kind: code == "ACME" ? .private : code == "UN" ? .organisation : .nation,
                realm: realm,
                nodes: [name: "127.0.0.1:\(portByCode[code, default: 0])"],
                mailboxes: Dictionary(uniqueKeysWithValues: Self.mailboxes[code, default: []].map { ($0, name) })
            )
        }
        fixture = try CoalitionFixture(plans, realm: realm, at: .now())
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("entente-\(UUID().uuidString)")
        policyFile = folder.appendingPathComponent("policy.yaml")
        handshakePool = NIOThreadPool(numberOfThreads: 2)
        handshakePool.start()
        try writeFiles()
    }

    deinit {
        let folder = folder
        handshakePool.shutdownGracefully { _ in
            do {
                try FileManager.default.removeItem(at: folder)
            } catch {
                // A folder left behind in the temporary directory is no failure of the test.
            }
        }
    }

    /// Starts the nodes of these partners and waits until they listen.
    package func start(
        _ codes: String...,
        limits: WireLimits = WireLimits(),
        clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() },
        logger: Logger? = nil
    ) async throws {
        for code in codes {
            let configuration = try NodeConfiguration.read(file: configurationFile(of: code).path)
            var quiet = Logger(label: "test")
            quiet.logLevel = ProcessInfo.processInfo.environment["ENTENTE_TEST_LOG"] == nil ? .critical : .debug
            let node = try Node(
                configuration: configuration,
                group: MultiThreadedEventLoopGroup.singleton,
                handshakePool: handshakePool,
                limits: limits,
                clock: clock,
                logger: logger ?? quiet
            )
            let (listening, continuation) = AsyncStream<Void>.makeStream()
            let task = Task {
                defer { continuation.finish() }
                try await node.run {
                    continuation.yield()
                    continuation.finish()
                }
            }
            var isListening = false
            for await _ in listening { isListening = true }
            // A node that never listened has ended with an error.
            guard isListening else { return try await task.value }
            running.withLock { $0[code] = (node, task) }
        }
    }

    /// Stops a node in order and lets go of its data folder.
    package func stop(_ code: String) async throws {
        guard let (_, task) = running.withLock({ $0.removeValue(forKey: code) }) else { return }
        task.cancel()
        try await task.value
    }

    package func stopAll() async throws {
        for code in running.withLock({ Array($0.keys) }) { try await stop(code) }
    }

    package func node(_ code: String) throws -> Node {
        guard let node = running.withLock({ $0[code]?.node }) else { throw NotRunning(code: code) }
        return node
    }

    package struct NotRunning: Error {
        let code: String
    }

    package func configurationFile(of code: String) -> URL {
        folder.appendingPathComponent("\(Self.nodeNames[code] ?? code).yaml")
    }

    package func dataFolder(of code: String) -> URL {
        folder.appendingPathComponent("data-\(code)")
    }

    package func port(of code: String) -> Int { ports[code, default: 0] }

    /// A connection to the mailbox's own node, as the mailbox.
    package func connect(as address: String) throws -> WireClient<AuthenticatedPrincipal> {
        let mailbox = try fixture.mailbox(address)
        return try connect(to: try MailboxAddress(address).partner.rawValue, with: mailbox.signing)
    }

    /// A connection to the node of a partner with any certificate.
    package func connect(to code: String, with credential: Credential) throws -> WireClient<AuthenticatedPrincipal> {
        let directory = fixture.directory
        let context = try TLSContext<AuthenticatedPrincipal>(
            side: .client,
            profile: .standard,
            certificateChain: credential.chain,
            privateKey: credential.key,
            applicationProtocols: ["h2"],
            authenticate: { chain in
                switch directory.authenticate(presentedChain: chain, purpose: .tlsServer, at: .now()) {
                case .accepted(let principal): .accepted(principal)
                case .refused(let refusal):
                    .refused(PeerRefusal(code: refusal.code.rawValue, detail: refusal.detail, alert: .unknownCA))
                }
            }
        )
        return WireClient(
            host: "127.0.0.1",
            port: port(of: code),
            context: { context },
            group: MultiThreadedEventLoopGroup.singleton,
            handshakePool: handshakePool
        )
    }

    /// Seals a message as its originator.
    package func seal(
        from originator: String,
        to recipients: [String],
        marking: String,
        precedence: Precedence = .routine,
        payload: [UInt8] = Array("a report".utf8),
        life: Int64 = 3600,
        id: MessageID? = nil
    ) throws -> Envelope {
        let mailbox = try fixture.mailbox(originator)
        return try OutgoingMessage(
            originator: try MailboxAddress(originator),
            recipients: Set(try recipients.map { try MailboxAddress($0) }),
            label: try ExamplePolicy.label(marking),
            precedence: precedence,
            life: life,
            description: ContentDescription(subject: "test", mediaType: "text/plain"),
            payload: payload
        ).seal(
            id: try id ?? MessageID.generate(at: .now()),
            signer: CMSSigner(certificate: mailbox.signing.certificate, key: mailbox.signing.key),
            directory: fixture.directory
        )
    }

    /// Polls until `condition` gives a value, for at most `seconds`.
    package func eventually<Value>(
        within seconds: Double = 60,
        _ condition: () async throws -> Value?
    ) async throws -> Value {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            if let value = try await condition() { return value }
            guard ContinuousClock.now < deadline else { throw TimedOut() }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    package struct TimedOut: Error {}
}

extension RunningCoalition {
    private func writeFiles() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try ExamplePolicy.text.replacing("realm: live", with: "realm: \(fixture.directory.realm)")
            .write(to: policyFile, atomically: true, encoding: .utf8)
        var trust = ""
        for sheet in fixture.sheets {
            let code = sheet.sheet.code.rawValue
            try write(try fixture.partner(code).root.certificate.pem(), "\(code)-root.pem")
            try write(sheet.bytes, "\(code).cms")
            trust += "  \(code): {root: \(code)-root.pem, sheet: \(code).cms}\n"
        }
        for (code, name) in Self.nodeNames {
            let node = try fixture.partner(code).node(name)
            try write(node.credential.chain.flatMap { $0.pem() }, "\(name).pem")
            try KeyFile.create(node.credential.key, at: folder.appendingPathComponent("\(name).key").path)
            try KeyFile.create(node.logKey, at: folder.appendingPathComponent("\(name)-log.key").path)
            let routes = ["GBR": "routes: {JPN: FRA/fra-hub}", "JPN": "routes: {GBR: FRA/fra-hub}"]
            let text = """
                format: 1
                partner: \(code)
                node: \(name)
                realm: \(fixture.directory.realm)
                listen: 127.0.0.1:\(port(of: code))
                identity: {certificate: \(name).pem, key: \(name).key, log-key: \(name)-log.key}
                trust:
                \(trust)policy: policy.yaml
                data: data-\(code)
                \(routes[code] ?? "")
                """
            try write(Array(text.utf8), "\(name).yaml")
        }
    }

    package func write(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: folder.appendingPathComponent(name), options: .atomic)
    }
}
