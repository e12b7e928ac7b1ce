import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
package import Relaying

extension RelayStore {
    /// Stores what was decided about a receipt or non-delivery.
    package func record(_ verdict: AnswerVerdict) async throws(StoreError) -> AdmissionOutcome {
        switch verdict {
        case .admitted(let admission): try await admit(admission)
        case .denied(let denial): try await deny(denial)
        }
    }

    /// Takes a receipt or non-delivery on. INVARIANT: what it changes (the recipient's mailbox, the originator's
    /// knowledge, the queue onward) and the entries that say so are stored together, once per recipient for a receipt
    /// given here and once per object and destination for what another node brings.
    package func admit(_ answer: AnswerAdmission) async throws(StoreError) -> AdmissionOutcome {
        let record = AnswerRecord(answer)
        let committed = try await writer.perform { try record.store(in: $0) }
        switch committed.value {
        case .stored(let range): return .admitted(try committed.links(range))
        case .known(let range): return .duplicate(try await firstLinks(range))
        case .conflict(let refusal): return .conflict(answer.message, try committed.link(refusal))
        }
    }

    /// Records that a guardrail denies an answer. INVARIANT: a denied answer leaves nothing but its entries.
    package func deny(_ denial: AnswerDenial) async throws(StoreError) -> AdmissionOutcome {
        let entry = PreparedEntry(denial.entry)
        let refusal = denial.links.isEmpty ? nil : PreparedEntry(denial.entry.refusal)
        let committed = try await writer.perform { transaction in
            let range = try PreparedEntry.appendDenial(entry, refusal: refusal, in: transaction)
            if denial.entry.destination == nil, let release = denial.links.first {
                try InboundNumber.note(release, .refused, entry: range.first, in: transaction)
            }
            return range
        }
        return try .denied(committed.links(committed.value))
    }
}

/// An answer as the store takes it, its entries encoded.
struct AnswerRecord: Sendable {
    let answer: AnswerAdmission
    private let entries: [PreparedEntry]
    private let onwardEntry: PreparedEntry?

    init(_ answer: AnswerAdmission) {
        self.answer = answer
        var known: [String: JSONValue] = [:]
        known["recipient"] = answer.recipient.map { .string($0.description) }
        if case .nonDelivery(let report) = answer.object {
            known["destination"] = .string(report.destination.description)
        }
        if case .nonDelivery(let report) = answer.object, let refusal = report.refusal {
            let members = RefusalRow.members(of: refusal)
            entries = answer.entries.map { [known] in PreparedEntry($0.adding(known).adding(members)) }
        } else {
            entries = answer.entries.map { [known] in PreparedEntry($0.adding(known)) }
        }
        if !answer.links.isEmpty { known[OutboxRecord.linksMember] = .string(OutboxRecord.digest(of: answer.links)) }
        onwardEntry = answer.onward.map { PreparedEntry($0.entry.adding(known)) }
    }

    /// How long an answer is tried, in seconds: the message itself may expire sooner, its receipt still matters.
    static let life = MessageHeader.longestLife

    func store(in transaction: LogTransaction) throws -> Storing {
        let database = transaction.database
        guard let message = try MessageRow.find(answer.message, digest: answer.envelope, in: database) else {
            throw StoreError.refused("an answer to message `\(answer.message)`, which is not stored")
        }
        let key = try CustodyKey(links: answer.links, object: answer.object.kind, digest: answer.object.digest)
        if let receipt = try key?.firstReceipt(message: message.row, in: database) { return .known(receipt) }
        let mailbox = key == nil ? answer.recipient?.mailbox : nil
        if let mailbox, let receipt = try givenReceipt(of: mailbox, message.row, in: database) {
            return .known(receipt)
        }

        let first = transaction.nextIndex
        let indices = try entries.map { try transaction.append($0) }
        let onwardIndex = try onwardEntry.map { try transaction.append($0) }
        let range = EntryRange(first: first, count: transaction.nextIndex - first)
        guard range.count > 0 else { throw StoreError.refused("an answer without entries") }

        try key?.insert(message: message.row, receipt: range, in: database)
        try ReceivedCheckpoint.keep(answer.links, in: transaction)
        if let mailbox { try markReceipted(mailbox, message.row, range, in: database) }
        if answer.hasArrived, let index = indices.last { try storeArrived(message.row, index, in: transaction) }
        if let onward = answer.onward, let onwardIndex {
            let bytes = answer.object.bytes
            try OutboxRecord(
                message: message.row,
                object: answer.object.kind,
                bytes: bytes,
                size: bytes.count,
                links: answer.links,
                onward: onward,
                precedence: answer.precedence,
                expires: transaction.time.adding(seconds: Self.life),
                entry: onwardIndex
            ).insert(in: transaction)
        }
        if answer.hasArrived, let release = answer.links.first {
            try InboundNumber.note(release, .accepted, entry: range.first, in: transaction)
        }
        return .stored(range)
    }

    private func givenReceipt(of mailbox: MailboxName, _ message: Int64, in database: Database) throws -> EntryRange? {
        let row = try database.first(
            "SELECT first_entry, entry_count FROM inbox WHERE mailbox = ? AND message = ?",
            mailbox.rawValue,
            message
        )
        guard let row else {
            throw StoreError.refused("a receipt by mailbox `\(mailbox)`, which does not hold the message")
        }
        return try row.entryRange(0)
    }

    private func markReceipted(
        _ mailbox: MailboxName,
        _ message: Int64,
        _ range: EntryRange,
        in database: Database
    ) throws {
        try database.run(
            "UPDATE inbox SET receipt = ?, first_entry = ?, entry_count = ? WHERE mailbox = ? AND message = ?",
            answer.object.bytes.blob,
            Int64(range.first),
            Int64(range.count),
            mailbox.rawValue,
            message
        )
    }

    /// What the originator's node now knows; of several receipts by one recipient the first counts.
    private func storeArrived(_ message: Int64, _ index: UInt64, in transaction: LogTransaction) throws {
        let time = transaction.time.millisecondsSinceEpoch
        switch answer.object {
        case .deliveryReceipt(let receipt):
            guard let recipient = answer.recipient else { throw StoreError.refused("a receipt without recipient") }
            try transaction.database.run(
                "INSERT INTO receipts (message, recipient, bytes, entry_index, received) VALUES (?, ?, ?, ?, ?) "
                    + "ON CONFLICT DO NOTHING",
                message,
                recipient.description,
                receipt.bytes.blob,
                Int64(index),
                time
            )
        case .nonDelivery(let report):
            try NonDeliveryRow.insert(
                message: message,
                destination: report.destination,
                reason: report.reason,
                entry: index,
                in: transaction
            )
            if let refusal = report.refusal { try RefusalRow.insert(refusal, entry: index, in: transaction) }
            try OutboundNumber.voidIfReported(message: message, to: report.destination, in: transaction)
        case .message:
            throw StoreError.refused("a message is not an answer")
        }
    }
}

/// What the originator's node knows of a destination that its message will not reach.
enum NonDeliveryRow {
    /// Of several reports about one destination the first counts.
    static func insert(
        message: Int64,
        destination: SPIFFEID,
        reason: String,
        entry: UInt64,
        in transaction: LogTransaction
    ) throws {
        try transaction.database.run(
            "INSERT INTO non_deliveries (message, destination, reason, entry_index, received) VALUES (?, ?, ?, ?, ?) "
                + "ON CONFLICT DO NOTHING",
            message,
            destination.description,
            reason,
            Int64(entry),
            transaction.time.millisecondsSinceEpoch
        )
    }
}
