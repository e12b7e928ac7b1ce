import OpenSSLCrypto
import TransparencyLog

/// Keys made of their names, the same in every run.
enum LogKeys {
    static let origin = "gbr.example/node/gbr-1"

    static func log(_ name: String = origin) throws -> NoteSigner {
        try NoteSigner(name: NoteKeyName(name), key: key("log \(name)"))
    }

    static func witness(_ name: String) throws -> CosignatureSigner {
        try CosignatureSigner(name: NoteKeyName(name), key: key("witness \(name)"))
    }

    private static func key(_ name: String) throws -> PrivateKey {
        try ed25519Key(seed: SHA256Digest.hash(bytes(name)).bytes)
    }

    /// The checkpoint of the first leaves of a tree, signed by the log.
    static func checkpoint(_ tree: ReferenceTree, size: Int) throws -> SignedCheckpoint {
        try SignedCheckpoint(
            signing: Checkpoint(origin: LogOrigin(origin), head: tree.head(size)),
            by: log()
        )
    }
}
