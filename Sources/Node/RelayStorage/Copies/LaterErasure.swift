import CanonicalEncoding
import GRDB
import Relaying
import TransparencyLog

/// An entry that says that details in an archive were erased, with the proof that the same log holds it.
struct LaterErasure: Sendable {
    let index: Int64
    let bytes: [UInt8]
    /// A tlog-proof; nil of one that is in the archive itself.
    let proof: [UInt8]?
    let salt: [UInt8]
    let details: [UInt8]
    let record: ErasureRecord

    /// The erasures that took details of entries in `range`.
    static func all(
        of range: Range<Int64>,
        under signed: SignedCheckpoint,
        in database: Database
    ) throws -> [LaterErasure] {
        let rows = try database.each(
            "SELECT e.idx, e.bytes, d.salt, d.bytes FROM entries e JOIN entry_details d ON d.idx = e.idx "
                + "WHERE e.kind = '\(AuditEntryKind.erasure.rawValue)' AND e.idx > ? ORDER BY e.idx",
            range.lowerBound
        )
        let archived = IndexRanges(json: [[.integer(range.lowerBound), .integer(range.upperBound - 1)]])
        let tiles = TileTable.reader(database)
        var found: [LaterErasure] = []
        while let row = try rows.next() {
            let index = try row.integer(0)
            let details = try row.bytes(3)
            guard let record = record(details) else {
                throw StoreError.damaged("the record of the erasure in entry \(index) is malformed")
            }
            guard let archived, record.entries.firstShared(with: archived) != nil else { continue }
            var proof: [UInt8]?
            if !range.contains(index) {
                let size = signed.checkpoint.head.size
                let inclusion = try tiles.inclusionProof(index: UInt64(index), size: size)
                proof = LogProof(index: inclusion.index, path: inclusion.path, signedCheckpoint: signed).bytes
            }
            found.append(
                LaterErasure(
                    index: index,
                    bytes: try row.bytes(1),
                    proof: proof,
                    salt: try row.bytes(2),
                    details: details,
                    record: record
                )
            )
        }
        return found
    }

    /// Puts it beside an archive, unless it is in it.
    func insert(into database: Database) throws {
        guard let proof else { return }
        try database.run(
            "INSERT INTO later_erasures (idx, bytes, proof, salt, details) VALUES (?, ?, ?, ?, ?)",
            index,
            bytes.blob,
            proof.blob,
            salt.blob,
            details.blob
        )
    }

    /// What a row of an archive says was erased.
    ///
    /// - Returns: what is wrong with it, where something is.
    static func judge(_ row: Row, origin: String, verifier: NoteVerifier) throws -> Result<ErasureRecord, Flaw> {
        let bytes = try row.bytes(1)
        let details = try row.bytes(4)
        do {
            let entry = try AuditEntry(canonicalBytes: bytes)
            let proof = try LogProof(parsing: try row.bytes(2))
            let checkpoint = try proof.verify(leafHash: MerkleTree.leafHash(bytes), verifier: verifier)
            guard checkpoint.origin.rawValue == origin, entry.log.rawValue == origin,
                Int64(exactly: entry.index) == (try row.integer(0)), proof.inclusionProof.index == entry.index
            else { return .failure(Flaw("it is of another log or index")) }
            let commitment = AuditDetails(salt: try row.bytes(3), bytes: details).commitment
            guard entry.kind == .erasure, commitment == entry.details else {
                return .failure(Flaw("its details are not what an entry of the kind `erasure` commits to"))
            }
            guard let record = record(details), record.entries.ranges.last.map({ $0.upperBound < entry.index }) ?? true
            else { return .failure(Flaw("it is no record of an erasure of earlier entries")) }
            return .success(record)
        } catch let error as StoreError {
            throw error
        } catch {
            return .failure(Flaw("\(error)"))
        }
    }

    struct Flaw: Error {
        let detail: String

        init(_ detail: String) { self.detail = detail }
    }

    private static func record(_ details: [UInt8]) -> ErasureRecord? {
        do {
            return ErasureRecord(json: try JSONValue.parseCanonical(details, maximumSize: 64 << 20))
        } catch {
            return nil
        }
    }
}
