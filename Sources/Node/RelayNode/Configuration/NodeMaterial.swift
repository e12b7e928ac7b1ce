import AccessPolicy
package import CanonicalEncoding
package import CoalitionDirectory
import NIOOpenSSL
package import OpenSSLCrypto
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

    /// Reads what `configuration` names.
    ///
    /// - Parameter isTrial: whether newer sheets are only judged; otherwise they are kept in the data folder, and older
    ///   ones are refused from then on.
    /// - Throws: an error that names the file, what was expected and what to do. Nothing is half loaded.
    package static func load(
        _ configuration: NodeConfiguration,
        at now: Timestamp,
        isTrial: Bool = false
    ) throws -> NodeMaterial {
        let sheets = try loadSheets(configuration, at: now, isTrial: isTrial)
        let directory: Directory
        do {
            directory = try Directory(sheets: sheets, realm: configuration.realm)
        } catch {
            throw ConfigurationError(file: configuration.file, "the partners' sheets do not fit together: \(error)")
        }
        guard let record = directory.node(configuration.name, of: configuration.partner) else {
            throw ConfigurationError(
                file: configuration.trust[configuration.partner]?.sheet ?? configuration.file,
                "the sheet of `\(configuration.partner)` lists no node `\(configuration.name)` in realm "
                    + "`\(configuration.realm)`: add it to the partner's file, make and sign the sheet again"
            )
        }
        let policy = try loadPolicy(configuration, directory: directory)
        let node = try NodeIdentity(partner: configuration.partner, id: record.id, realm: configuration.realm)
        let (chain, key) = try loadCertificate(configuration, node: node, directory: directory, at: now)
        let signer = try loadLogKey(configuration, record: record)
        return NodeMaterial(
            configuration: configuration,
            view: RelayView(
                node: node,
                directory: directory,
                policy: policy,
                routes: try routes(configuration, directory: directory),
                link: configuration.profile == .cnsa ? .cnsa : .standard
            ),
            sheets: sheets,
            certificateChain: chain,
            key: key,
            logSigner: signer
        )
    }

    private static func loadSheets(
        _ configuration: NodeConfiguration,
        at now: Timestamp,
        isTrial: Bool
    ) throws -> [SignedSheet] {
        let archive = SheetArchive(dataFolder: configuration.data)
        return try configuration.trust.sorted { $0.key < $1.key }.map { partner, trust in
            let roots: [Certificate]
            do {
                roots = try Certificate.parse(pem: try FileContents.read(trust.root))
            } catch let error as OpenSSLError {
                throw ConfigurationError(
                    file: trust.root,
                    "expected the root certificate of `\(partner)` in PEM: \(error)"
                )
            }
            guard roots.count == 1, let root = roots.first else {
                throw ConfigurationError(file: trust.root, "expected one root certificate, got \(roots.count)")
            }
            return try archive.accept(
                file: trust.sheet,
                of: partner,
                realm: configuration.realm,
                pinnedRoot: root,
                at: now,
                isTrial: isTrial
            )
        }
    }

    private static func loadPolicy(_ configuration: NodeConfiguration, directory: Directory) throws -> PolicyInForce {
        let bytes = try FileContents.read(configuration.policy)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: configuration.policy, "expected UTF-8")
        }
        let policy = try Policy.parse(yaml: text, file: configuration.policy)
        let known = Set(policy.partners.keys.map(\.rawValue))
        let listed = Set(directory.partners.keys.map(\.rawValue))
        if let missing = listed.subtracting(known).min() {
            throw ConfigurationError(
                file: configuration.policy,
                "partner `\(missing)` has a sheet and is not in the policy: add it to the policy, or remove its trust"
            )
        }
        if let missing = known.subtracting(listed).min() {
            throw ConfigurationError(
                file: configuration.file,
                "partner `\(missing)` is in the policy and has no sheet here: add its root and sheet under `trust`"
            )
        }
        return PolicyInForce(policy)
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
