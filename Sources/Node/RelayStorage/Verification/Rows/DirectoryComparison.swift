import CanonicalEncoding
import CoalitionDirectory
import GRDB
import OpenSSLCrypto

/// The directories and their sheets against the digests that name them.
///
/// Always all of them: a verification that begins at a later checkpoint leans on their digests as well.
enum DirectoryComparison {
    static func run(_ database: Database, _ report: inout LogReport) throws {
        var sheets: Set<[UInt8]> = []
        for row in try database.all("SELECT digest, bytes FROM sheets ORDER BY digest") {
            let digest = try row.bytes(0)
            sheets.insert(digest)
            try report.compare(.directory, nil, "sheet `\(Hex.encode(digest))`") {
                try RowDifference.check("digest", SHA256Digest.hash(try row.bytes(1)).bytes, digest)
            }
        }
        for row in try database.all("SELECT hash, state FROM directories ORDER BY hash") {
            let hash = try row.bytes(0)
            try report.compare(.directory, nil, "directory `\(Hex.encode(hash))`") {
                let bytes = try row.bytes(1)
                try RowDifference.check("hash", SHA256Digest.hash(bytes).bytes, hash)
                let state: DirectoryState
                do {
                    state = try DirectoryState(parsing: bytes)
                } catch {
                    throw RowDifference("the state is none: \(error)")
                }
                for member in state.members where !sheets.contains(member.sheet.bytes) {
                    throw RowDifference("the sheet `\(member.sheet)` of `\(member.trustDomain)` is missing")
                }
            }
        }
    }
}
