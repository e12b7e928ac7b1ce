package import CoalitionDirectory
import OpenSSLCrypto
import Relaying

extension RelayStore {
    /// Keeps a directory with its signed sheets, before anything is decided by it; one that is kept stays as it is.
    ///
    /// Where it lists another key for the log of a node than the one before, the log has ended, and its stream to this node.
    package func keep(_ directory: Directory) async throws(StoreError) {
        let state = directory.state
        let sheets = directory.sheets.map { (digest: $0.digest, bytes: $0.bytes) }
        let logs = directory.partners.values.flatMap { sheet in
            sheet.nodes.map { (origin: sheet.id(.node($0.name)), key: $0.log.text) }
        }
        let realm = node.realm
        _ = try await writer.perform { transaction in
            let database = transaction.database
            for sheet in sheets {
                try database.run(
                    "INSERT INTO sheets (digest, bytes) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING",
                    sheet.digest.bytes.blob,
                    sheet.bytes.blob
                )
            }
            try database.run(
                "INSERT INTO directories (hash, state) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING",
                state.hash.bytes.blob,
                state.bytes.blob
            )
            for log in logs.sorted(by: { $0.origin.description < $1.origin.description }) {
                let query = "SELECT key FROM known_logs WHERE origin = ?"
                let known = try database.first(query, log.origin.description)?.text(0)
                guard known != log.key else { continue }
                if known != nil { try InboundStream.end(from: log.origin, realm: realm, in: transaction) }
                try database.run(
                    "INSERT INTO known_logs (origin, key) VALUES (?, ?) "
                        + "ON CONFLICT (origin) DO UPDATE SET key = excluded.key",
                    log.origin.description,
                    log.key
                )
            }
        }
    }
}
