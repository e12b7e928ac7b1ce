import CanonicalEncoding
import CoalitionDirectory
import GRDB
package import MessageEnvelope
import OpenSSLCrypto
package import Relaying

/// How the store answered a verdict on a message, a delivery receipt or a non-delivery. Each of it is in the log.
package enum AdmissionOutcome: Sendable {
    /// The links of the entries just appended. Of a message: the acceptance's if there is one, then one for each onward
    /// transfer, in the admission's order. Of an answer: its own in their order, then the onward transfer's.
    case admitted([TransferLink])
    /// The link of the denial's entry, and that of the refusal behind it where another node brought the object.
    case denied(TransferLink, refusal: TransferLink?)
    /// The very object was taken on before: the links of that time, byte for byte.
    case duplicate([TransferLink])
    /// The originator has given the id to another message before; nothing but the refusal was stored, whose link it is.
    case conflict(MessageID, TransferLink)
}

extension RelayStore {
    /// Stores what was decided about a message.
    package func record(_ verdict: AdmissionVerdict) async throws(StoreError) -> AdmissionOutcome {
        switch verdict {
        case .admitted(let admission): try await admit(admission)
        case .denied(let denial): try await deny(denial)
        }
    }

    /// Takes a message on. INVARIANT: the message, its place in mailboxes and queues, and the entries that say so are
    /// stored together or not at all, once per (id, originator) for a submission and once per object and destination
    /// for a transfer.
    package func admit(_ admission: Admission) async throws(StoreError) -> AdmissionOutcome {
        try await admit(AdmissionRecord(admission))
    }

    func admit(_ record: AdmissionRecord) async throws(StoreError) -> AdmissionOutcome {
        let committed = try await writer.perform { try record.store(in: $0) }
        switch committed.value {
        case .stored(let range): return .admitted(try committed.links(range))
        case .known(let range): return .duplicate(try await firstLinks(range))
        case .conflict(let refusal): return .conflict(record.message.id, try committed.link(refusal))
        }
    }

    /// Records a denial. INVARIANT: a message that was taken on is never denied afterwards: its sender gets the first
    /// receipts, and a denied message leaves nothing but its entry.
    package func deny(_ denial: Denial) async throws(StoreError) -> AdmissionOutcome {
        let record = DenialRecord(denial, node: node.id)
        let committed = try await writer.perform { try record.store(in: $0) }
        switch committed.value {
        case .stored(let range):
            return try .denied(committed.links(range))
        case .known(let range): return .duplicate(try await firstLinks(range))
        case .conflict(let refusal): return .conflict(denial.id, try committed.link(refusal))
        }
    }
}

/// What storing something found.
enum Storing: Sendable {
    /// The entries that answer for it; others may stand behind them.
    case stored(EntryRange)
    case known(EntryRange)
    /// The refusal's entry.
    case conflict(EntryRange)
}

extension AdmissionOutcome {
    /// From the links of what ``PreparedEntry/appendDenial(_:in:)`` has appended.
    static func denied(_ links: [TransferLink]) throws(StoreError) -> AdmissionOutcome {
        guard let denial = links.first else { throw .damaged("a denial was not committed") }
        return .denied(denial, refusal: links.count > 1 ? links[1] : nil)
    }
}

extension PreparedEntry {
    /// Appends a denial, and behind it the refusal that its bringer may read.
    static func appendDenial(
        _ denial: PreparedEntry,
        refusal: PreparedEntry?,
        in transaction: LogTransaction
    ) throws -> EntryRange {
        let index = try transaction.append(denial)
        if let refusal { try transaction.append(refusal) }
        return EntryRange(first: index, count: refusal == nil ? 1 : 2)
    }
}

/// An admission as the store takes it, its entries encoded.
struct AdmissionRecord: Sendable {
    let message: MessageRecord
    let links: [TransferLink]
    let acceptance: (mailboxes: [MailboxName], entry: PreparedEntry)?
    let onward: [(transfer: OnwardTransfer, entry: PreparedEntry)]

    init(message: MessageRecord, links: [TransferLink], acceptance: LocalAcceptance?, onward: [OnwardTransfer]) {
        self.message = message
        self.links = links
        self.acceptance = acceptance.map { acceptance in
            let names = JSONValue.array(acceptance.mailboxes.map { .string($0.rawValue) })
            return (acceptance.mailboxes, PreparedEntry(acceptance.entry.adding([Self.mailboxesMember: names])))
        }
        let came: [String: JSONValue] =
            links.isEmpty ? [:] : [OutboxRecord.linksMember: .string(OutboxRecord.digest(of: links))]
        self.onward = onward.map { ($0, PreparedEntry($0.entry.adding(came))) }
    }

    /// The member of an acceptance's details that names the mailboxes, in the order of their items.
    static let mailboxesMember = "mailboxes"

    init(_ admission: Admission) {
        self.init(
            message: MessageRecord(admission.envelope),
            links: admission.links,
            acceptance: admission.acceptance,
            onward: admission.onward
        )
    }

    func store(in transaction: LogTransaction) throws -> Storing {
        let database = transaction.database
        let key = try CustodyKey(links: links, object: .message, digest: message.digest)
        let known = try MessageRow.find(message.id, of: message.originator, in: database)
        if let known {
            guard known.digest == message.digest else {
                let refusal = try transaction.append(idConflict())
                try noteArrival(.refused, entry: refusal, in: transaction)
                return .conflict(EntryRange(first: refusal, count: 1))
            }
            let receipt = try key.map { try $0.firstReceipt(message: known.row, in: database) } ?? known.submission
            if let receipt { return .known(receipt) }
        }
        let first = transaction.nextIndex
        let acceptanceEntry = try acceptance.map { try transaction.append($0.entry) }
        let onwardEntries = try onward.map { try transaction.append($0.entry) }
        let range = EntryRange(first: first, count: transaction.nextIndex - first)
        guard range.count > 0 else { throw StoreError.refused("an admission to nowhere") }

        let row = try known?.row ?? MessageRow.insert(message, submission: key == nil ? range : nil, in: transaction)
        if known != nil, key == nil { throw StoreError.refused("a submission of what another node brought") }
        try key?.insert(message: row, receipt: range, in: database)
        try ReceivedCheckpoint.keep(links, in: transaction)
        if let acceptance, let acceptanceEntry {
            for mailbox in acceptance.mailboxes {
                try database.run(
                    "INSERT INTO inbox (mailbox, message, entry_index, received) VALUES (?, ?, ?, ?)",
                    mailbox.rawValue,
                    row,
                    Int64(acceptanceEntry),
                    transaction.time.millisecondsSinceEpoch
                )
            }
        }
        for (onward, entry) in zip(onward, onwardEntries) {
            try OutboxRecord(
                message: row,
                object: .message,
                bytes: nil,
                size: message.size,
                links: links,
                onward: onward.transfer,
                precedence: message.precedence,
                expires: message.expires,
                entry: entry
            ).insert(in: transaction)
        }
        if let acceptanceEntry { try noteArrival(.accepted, entry: acceptanceEntry, in: transaction) }
        return .stored(range)
    }

    /// Notes the number under which the origin released it to this node.
    private func noteArrival(_ state: InboundNumber.State, entry: UInt64, in transaction: LogTransaction) throws {
        guard acceptance != nil, let release = links.first else { return }
        try InboundNumber.note(release, state, entry: entry, in: transaction)
    }

    private func idConflict() throws -> PreparedEntry {
        guard let draft = acceptance?.entry.draft ?? onward.first?.entry.draft else {
            throw StoreError.refused("an admission to nowhere")
        }
        return .idConflict(draft, originator: message.originator)
    }
}

/// A denial as the store takes it.
private struct DenialRecord: Sendable {
    let denial: Denial
    let entry: PreparedEntry
    /// For the node that brought it.
    let refusal: PreparedEntry?
    let node: SPIFFEID

    init(_ denial: Denial, node: SPIFFEID) {
        self.denial = denial
        entry = PreparedEntry(denial.entry)
        refusal = denial.links.isEmpty ? nil : PreparedEntry(denial.entry.refusal)
        self.node = node
    }

    func store(in transaction: LogTransaction) throws -> Storing {
        if let known = try MessageRow.find(denial.id, of: denial.originator, in: transaction.database),
            let digest = denial.entry.envelope
        {
            guard known.digest == digest else {
                let refusal = try transaction.append(.idConflict(denial.entry, originator: denial.originator))
                try noteArrival(entry: refusal, in: transaction)
                return .conflict(EntryRange(first: refusal, count: 1))
            }
            if let receipt = try firstReceipt(of: known, digest: digest, in: transaction.database) {
                return .known(receipt)
            }
        }
        let range = try PreparedEntry.appendDenial(entry, refusal: refusal, in: transaction)
        try noteArrival(entry: range.first, in: transaction)
        return .stored(range)
    }

    /// Notes the number of what was for this node, so that it is not taken for missing.
    private func noteArrival(entry: UInt64, in transaction: LogTransaction) throws {
        guard denial.entry.destination == nil, let release = denial.links.first else { return }
        try InboundNumber.note(release, .refused, entry: entry, in: transaction)
    }

    /// What a node brought is known by where it goes; a denial that names no destination is of something for this node.
    private func firstReceipt(of known: MessageRow, digest: SHA256Digest, in database: Database) throws -> EntryRange? {
        guard denial.entry.peer?.node != nil else { return known.submission }
        let destination = denial.entry.destination ?? node
        return try CustodyKey(object: .message, digest: digest, destination: destination)
            .firstReceipt(message: known.row, in: database)
    }
}

extension PreparedEntry {
    /// The refusal of a message whose id its originator has used before, from the entry that it would have got.
    static func idConflict(_ draft: AuditEntryDraft, originator: MailboxAddress) -> PreparedEntry {
        PreparedEntry(
            AuditEntryDraft(
                .refusal,
                .refused,
                realm: draft.realm,
                peer: draft.peer,
                message: draft.message,
                object: draft.object,
                digest: draft.digest,
                envelope: draft.envelope,
                reasons: ["id-conflict"],
                policy: draft.policy,
                directory: draft.directory,
                details: ["originator": .string(originator.description)]
            )
        )
    }
}
