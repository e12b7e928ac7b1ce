package import CoalitionDirectory
import OpenSSLCrypto

extension RelayStore {
    /// Keeps a directory with its signed sheets, before anything is decided by it; one that is kept stays as it is.
    package func keep(_ directory: Directory) async throws(StoreError) {
        let state = directory.state
        let sheets = directory.sheets.map { (digest: $0.digest, bytes: $0.bytes) }
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
        }
    }
}
