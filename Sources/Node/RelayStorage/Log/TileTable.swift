import GRDB
import OpenSSLCrypto
import TransparencyLog

/// The hash tiles, the widest known form of each.
enum TileTable {
    static func upsert(_ hashes: [SHA256Digest], at coordinate: TileCoordinate, in database: Database) throws {
        try database.run(
            "INSERT INTO tiles (level, idx, hashes) VALUES (?, ?, ?) "
                + "ON CONFLICT (level, idx) DO UPDATE SET hashes = excluded.hashes",
            Int64(coordinate.level),
            Int64(coordinate.index),
            TileBytes.encode(hashes).blob
        )
    }

    static func bytes(at coordinate: TileCoordinate, in database: Database) throws -> [UInt8]? {
        guard let index = Int64(exactly: coordinate.index) else { return nil }
        return try database.first(
            "SELECT hashes FROM tiles WHERE level = ? AND idx = ?",
            Int64(coordinate.level),
            index
        )?.bytes(0)
    }

    static func hashes(at coordinate: TileCoordinate, in database: Database) throws -> [SHA256Digest] {
        guard let bytes = try bytes(at: coordinate, in: database) else {
            throw StoreError.damaged("tile \(coordinate) is missing")
        }
        do {
            return try TileBytes.decode(bytes)
        } catch {
            throw StoreError.damaged("tile \(coordinate): \(error)")
        }
    }

    /// Proofs from the stored tiles.
    static func reader(_ database: Database) -> TileReader {
        TileReader { try hashes(at: $0, in: database) }
    }
}
