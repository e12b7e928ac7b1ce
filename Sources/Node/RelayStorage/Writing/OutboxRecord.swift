import CanonicalEncoding
import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying
import SecurityLabels
import TransparencyLog

/// An object to be queued for another node.
struct OutboxRecord {
    let message: Int64
    let object: TransferObjectKind
    /// Nil for a message, whose bytes stand with it.
    let bytes: [UInt8]?
    let size: Int
    let links: [TransferLink]
    let onward: OnwardTransfer
    let precedence: Precedence
    let expires: Timestamp
    /// This node's own entry about it: a release or a relay.
    let entry: UInt64

    /// The member of a relay's details that holds the digest of `links`.
    static let linksMember = "links-digest"
    /// The member of the details of a transfer, or of later custody, that holds the digest of the link.
    static let custodyMember = "custody-digest"

    /// What the log commits to of another log's custody entry: which it is, and its bytes with their proof.
    static func details(of custody: TransferLink) -> JSONValue {
        [
            custodyMember: .string(SHA256Digest.hash(custody.json.canonicalBytes).hex),
            "custody-index": .integer(Int64(clamping: custody.entry.index)),
            "custody-log": .string(custody.entry.log.rawValue),
        ]
    }

    /// SHA-256 of links as they are stored, in hexadecimal: the log commits to what came with an object.
    static func digest(of links: [TransferLink]) -> String {
        SHA256Digest.hash(encode(links)).hex
    }

    private static func encode(_ links: [TransferLink]) -> [UInt8] {
        JSONValue.array(links.map(\.json)).canonicalBytes
    }

    func insert(in transaction: LogTransaction) throws {
        try transaction.database.run(
            "INSERT INTO outbox (message, object, object_bytes, links, destination, next_hop, precedence, size, bulk, "
                + "state, attempts, due, expires, entry_index) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', 0, ?, ?, ?)",
            message,
            object.rawValue,
            bytes?.blob,
            Self.encode(links).blob,
            onward.destination.description,
            onward.nextHop.description,
            precedence.rawValue,
            size,
            size >= RelayStore.bulkSize ? 1 : 0,
            transaction.time.millisecondsSinceEpoch,
            expires.millisecondsSinceEpoch,
            Int64(entry)
        )
    }
}
