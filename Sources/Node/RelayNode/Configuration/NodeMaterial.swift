import AccessPolicy
package import CanonicalEncoding
package import CoalitionDirectory
import NIOOpenSSL
package import OpenSSLCrypto
import OperatorInterface
package import Relaying
package import TransparencyLog

/// Everything that the configuration names, read, verified and fitting together. Made whole or not at all.
package struct NodeMaterial: Sendable {
    package let configuration: NodeConfiguration
    package let view: RelayView
    /// The signed sheets as published, for clients and peers.
    package let sheets: [SignedSheet]
    /// The node's certificate, leaf first.
    package let certificateChain: [Certificate]
    package let key: PrivateKey
    package let logSigner: NoteSigner

    /// Whether the node would show itself to peers as `other` does.
    package func hasIdentity(of other: NodeMaterial) -> Bool {
        certificateChain == other.certificateChain && key.publicKey == other.key.publicKey
            && configuration.profile == other.configuration.profile
    }

    /// What the file that the configuration names means for the policy.
    let policy: PolicyChoice

    /// Reads what `configuration` names, as a node that has never started. Nothing is written.
    ///
    /// - Throws: an error that names the file, what was expected and what to do. Nothing is half loaded.
    package static func load(_ configuration: NodeConfiguration, at now: Timestamp) throws -> NodeMaterial {
        try load(configuration, sheets: try .judge(configuration, at: now), at: now)
    }

    /// The same over sheets that are judged already.
    package static func load(
        _ configuration: NodeConfiguration,
        sheets: SheetJudgement,
        at now: Timestamp
    ) throws -> NodeMaterial {
        try load(configuration, sheets: sheets, at: now) { _, _ in nil }
    }

    /// The same for a node that has started before.
    ///
    /// - Parameter standing: the policy in force, once it is known whose node and log this is.
    static func load(
        _ configuration: NodeConfiguration,
        sheets: SheetJudgement,
        at now: Timestamp,
        standing: (NodeIdentity, NoteSigner) throws -> PolicyStanding?
    ) throws -> NodeMaterial {
        let directory = try sheets.directory(configuration)
        do {
            try OperatorServer.check(socketPath: configuration.operatorSocket)
        } catch {
            throw ConfigurationError(file: configuration.file, "\(error)")
        }
        guard let record = directory.node(configuration.name, of: configuration.partner) else {
            throw ConfigurationError(
                file: configuration.trust[configuration.partner]?.sheet ?? configuration.file,
                "the sheet of `\(configuration.partner)` lists no node `\(configuration.name)` in realm "
                    + "`\(configuration.realm)`: add it to the partner's file, make and sign the sheet again"
            )
        }
        let node = try NodeIdentity(partner: configuration.partner, id: record.id, realm: configuration.realm)
        let (chain, key) = try loadCertificate(configuration, node: node, directory: directory, at: now)
        let signer = try loadLogKey(configuration, record: record)
        let standing = try standing(node, signer)
        let policy: PolicyChoice
        do {
            policy = try PolicyChoice(
                configuration.policy,
                of: configuration.partner,
                standing: standing,
                directory: directory,
                at: now
            )
            try checkFit(policy.version, configuration, directory)
        } catch {
            throw RefusedPolicy(cause: error)
        }
        return NodeMaterial(
            configuration: configuration,
            view: RelayView(
                node: node,
                directory: directory,
                policy: PolicyInForce(policy.version.policy),
                routes: try routes(configuration, directory: directory),
                link: configuration.profile == .cnsa ? .cnsa : .standard
            ),
            sheets: sheets.sheets,
            certificateChain: chain,
            key: key,
            logSigner: signer,
            policy: policy
        )
    }

    /// The same material under another policy, one that fits.
    func deciding(by version: PolicyVersion) throws(ConfigurationError) -> NodeMaterial {
        try Self.checkFit(version, configuration, view.directory)
        return NodeMaterial(
            configuration: configuration,
            view: RelayView(
                node: view.node,
                directory: view.directory,
                policy: PolicyInForce(version.policy),
                routes: view.routes,
                link: view.link
            ),
            sheets: sheets,
            certificateChain: certificateChain,
            key: key,
            logSigner: logSigner,
            policy: policy
        )
    }

    /// Refuses a policy that speaks of other partners than the sheets do.
    private static func checkFit(
        _ version: PolicyVersion,
        _ configuration: NodeConfiguration,
        _ directory: Directory
    ) throws(ConfigurationError) {
        let known = Set(version.policy.partners.keys.map(\.rawValue))
        let listed = Set(directory.partners.keys.map(\.rawValue))
        if let missing = listed.subtracting(known).min() {
            throw ConfigurationError(
                file: version.texts.policy.name,
                "partner `\(missing)` has a sheet and is not in the policy: add it to the policy, or remove its trust"
            )
        }
        if let missing = known.subtracting(listed).min() {
            throw ConfigurationError(
                file: configuration.file,
                "partner `\(missing)` is in the policy and has no sheet here: add its root and sheet under `trust`"
            )
        }
    }

    private static func loadCertificate(
        _ configuration: NodeConfiguration,
        node: NodeIdentity,
        directory: Directory,
        at now: Timestamp
    ) throws -> ([Certificate], PrivateKey) {
        let file = configuration.identity.certificate
        let chain: [Certificate]
        do {
            chain = try Certificate.parse(pem: try FileContents.read(file))
        } catch let error as OpenSSLError {
            throw ConfigurationError(file: file, "expected the node's certificate in PEM: \(error)")
        }
        switch directory.authenticate(presentedChain: chain, purpose: .tlsServer, at: now) {
        case .accepted(let principal):
            guard principal.id == node.id else {
                throw ConfigurationError(
                    file: file,
                    "expected the certificate of `\(node.id)`, got that of `\(principal.id)`"
                )
            }
        case .refused(let refusal):
            throw ConfigurationError(file: file, "peers would refuse the certificate: \(refusal)")
        }
        let key = try KeyFile.read(configuration.identity.key)
        guard chain.first?.publicKey == key.publicKey else {
            throw ConfigurationError(
                file: configuration.identity.key,
                "the key is not that of the certificate `\(file)`"
            )
        }
        return (chain, key)
    }

    private static func loadLogKey(_ configuration: NodeConfiguration, record: NodeRecord) throws -> NoteSigner {
        let file = configuration.identity.logKey
        let key = try KeyFile.read(file)
        do {
            let signer = try NoteSigner(name: try NoteKeyName(record.log.origin), key: key)
            guard signer.verifier.verifierKey == record.log.text else {
                throw ConfigurationError(
                    file: file,
                    "the sheet lists the log key `\(record.log.text)`, this is `\(signer.verifier.verifierKey)`"
                )
            }
            return signer
        } catch let error as NoteError {
            throw ConfigurationError(file: file, "expected an Ed25519 key: \(error)")
        }
    }

    private static func routes(_ configuration: NodeConfiguration, directory: Directory) throws -> Routes {
        var hops: [PartnerCode: [SPIFFEID]] = [:]
        for (partner, nodes) in configuration.routes {
            guard directory.partner(partner) != nil else {
                throw ConfigurationError(file: configuration.file, "route to unknown partner `\(partner)`")
            }
            hops[partner] = try nodes.map { reference in
                guard let record = directory.node(reference.node, of: reference.partner) else {
                    throw ConfigurationError(
                        file: configuration.file,
                        "the route to `\(partner)` names `\(reference)`, which no sheet lists"
                    )
                }
                return record.id
            }
        }
        return Routes(hops)
    }
}

/// Why a policy does not load, or not with these sheets; with file and line.
package struct RefusedPolicy: Error, CustomStringConvertible {
    let cause: any Error

    package var description: String { "\(cause)" }
}
