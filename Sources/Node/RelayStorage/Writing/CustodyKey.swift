import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying

/// What makes one transfer the same as another: the object, the message that it is or answers, and where it goes at last.
struct CustodyKey: Hashable, Sendable {
    let object: TransferObjectKind
    let digest: SHA256Digest
    let destination: SPIFFEID

    /// The key of what another node brought; nil for what began here.
    init?(links: [TransferLink], object: TransferObjectKind, digest: SHA256Digest) throws {
        guard let release = links.first?.entry else { return nil }
        guard let destination = release.destination else {
            throw StoreError.refused("a release entry without destination")
        }
        self.init(object: object, digest: digest, destination: destination)
    }

    init(object: TransferObjectKind, digest: SHA256Digest, destination: SPIFFEID) {
        self.object = object
        self.digest = digest
        self.destination = destination
    }

    /// The entries of the first receipt that was given for it.
    func firstReceipt(message: Int64, in database: Database) throws -> EntryRange? {
        try database.first(
            "SELECT first_entry, entry_count FROM custody "
                + "WHERE message = ? AND object = ? AND digest = ? AND destination = ?",
            message,
            object.rawValue,
            digest.bytes.blob,
            destination.description
        )?.entryRange(0)
    }

    func insert(message: Int64, receipt: EntryRange, in database: Database) throws {
        try database.run(
            "INSERT INTO custody (message, object, digest, destination, first_entry, entry_count) "
                + "VALUES (?, ?, ?, ?, ?, ?)",
            message,
            object.rawValue,
            digest.bytes.blob,
            destination.description,
            Int64(receipt.first),
            Int64(receipt.count)
        )
    }
}
