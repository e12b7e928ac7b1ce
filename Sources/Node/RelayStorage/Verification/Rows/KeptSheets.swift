import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// What the sheets say that were in force: the keys of other nodes' logs, who signs with which key, and which mailboxes are
/// at a node.
///
/// What an entry's details say needs none of that; where they are erased, the rows beside the log are held against it.
final class KeptSheets {
    /// What all sheets together list.
    private struct Listing {
        /// The keys by log.
        var keys: [String: Set<String>] = [:]
        /// The mailboxes by what their signatures name.
        var signers: [KeyIdentifier: Set<MailboxAddress>] = [:]
    }

    private let database: Database
    /// Nil within where no entry names a directory.
    private var listing: Listing??
    private var directories: [SHA256Digest: [PartnerSheet]] = [:]

    init(_ database: Database) {
        self.database = database
    }

    /// The other log holds the entry, as the proof beside it shows: signed by a key of that log.
    ///
    /// A node's log names the directories that were in force; where none is named, the proof alone must hold.
    func prove(_ link: TransferLink, _ column: String) throws {
        guard let listing = try listed() else { return try Self.prove(link, column, keys: []) }
        guard let keys = listing.keys[link.entry.log.rawValue] else {
            throw RowDifference("column `\(column)`: no sheet that was in force lists the log `\(link.entry.log)`")
        }
        try Self.prove(link, column, keys: keys)
    }

    /// Whether a delivery receipt is signed with a key that a sheet has listed for the mailbox; its bytes are known to be
    /// those that were verified when it came. True where no sheet is known.
    func signs(_ mailbox: String, _ receipt: [UInt8]) throws -> Bool {
        guard let listing = try listed() else { return true }
        let signer: KeyIdentifier
        do {
            signer = try CMSReceipt(der: receipt).signerKeyIdentifier
        } catch {
            return false
        }
        return listing.signers[signer, default: []].contains { $0.description == mailbox }
    }

    /// The mailboxes of a message's recipients that are at the node of the log, by the sheets that were in force for the
    /// entry, in the order of the header; nil where the sheets are not known.
    func mailboxes(of header: [UInt8], at entry: AuditEntry) throws -> [MailboxAddress]? {
        guard let hash = entry.directory, let sheets = try sheets(of: hash) else { return nil }
        let recipients: [MailboxAddress]
        do {
            recipients = try StoredHeader(der: header).header.recipients
        } catch {
            throw RowDifference("column `header` of the message: \(error)")
        }
        for sheet in sheets {
            guard let node = sheet.nodes.first(where: { $0.log.origin == entry.log.rawValue }) else { continue }
            let here = sheet.mailboxes.filter { $0.homeNode == node.name }
                .map { MailboxAddress(partner: sheet.code, mailbox: $0.name) }
            return recipients.filter(Set(here).contains)
        }
        return nil
    }

    /// The same by one of these keys; without any, the proof alone must hold.
    static func prove(_ link: TransferLink, _ column: String, keys: Set<String>) throws {
        let (entry, proof) = (link.entry, link.proof)
        let checkpoint = proof.signedCheckpoint.checkpoint
        try RowDifference.check(column, entry.index, proof.index)
        try RowDifference.check(column, entry.log, checkpoint.origin)
        let leaf = MerkleTree.leafHash(link.entryBytes)
        do {
            try proof.inclusionProof.verify(leaf: leaf, root: checkpoint.head.root)
        } catch {
            throw RowDifference("column `\(column)`: \(error)")
        }
        var flaw: (any Error)?
        for key in keys.sorted() {
            do {
                _ = try proof.verify(leafHash: leaf, verifier: try NoteVerifier(verifierKey: key))
                return
            } catch {
                flaw = error
            }
        }
        if let flaw { throw RowDifference("column `\(column)`: \(flaw)") }
    }

    private func listed() throws -> Listing? {
        if let listing { return listing }
        let hashes = try namedDirectories()
        var found = Listing()
        for hash in hashes {
            for sheet in try sheets(of: hash) ?? [] {
                for node in sheet.nodes { found.keys[node.log.origin, default: []].insert(node.log.text) }
                for mailbox in sheet.mailboxes {
                    let address = MailboxAddress(partner: sheet.code, mailbox: mailbox.name)
                    for certificate in mailbox.signingCertificates {
                        found.signers[certificate.publicKey.keyIdentifier, default: []].insert(address)
                    }
                }
            }
        }
        let known = hashes.isEmpty ? nil : found
        listing = .some(known)
        return known
    }

    /// The sheets of a directory; nil when it is not kept.
    private func sheets(of hash: SHA256Digest) throws -> [PartnerSheet]? {
        if let sheets = directories[hash] { return sheets }
        // A copy of an older release has no such table.
        guard try database.tableExists("directories"), let record = try DirectoryRecord.find(hash, in: database) else {
            return nil
        }
        let sheets = try record.sheets.map { try Self.sheet($0) }
        directories[hash] = sheets
        return sheets
    }

    /// The directories that were in force, as the entries about starts and changes of trust name them.
    private func namedDirectories() throws -> Set<SHA256Digest> {
        var hashes: Set<SHA256Digest> = []
        let entries = try database.each(
            "SELECT bytes FROM entries WHERE kind IN (?, ?)",
            AuditEntryKind.start.rawValue,
            AuditEntryKind.trustChange.rawValue
        )
        while let row = try entries.next() {
            do {
                if let hash = try AuditEntry(canonicalBytes: try row.bytes(0)).directory { hashes.insert(hash) }
            } catch is AuditEntryError {
                // The walk over the entries has named it.
                continue
            }
        }
        return hashes
    }

    private static func sheet(_ bytes: [UInt8]) throws -> PartnerSheet {
        do {
            return try PartnerSheet(canonicalJSON: CMSSignedMessage(der: bytes).content)
        } catch {
            throw RowDifference("a kept sheet is none: \(error)")
        }
    }
}
