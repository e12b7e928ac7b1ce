import CanonicalEncoding

/// A node's answer to `GET /v1/messages/{id}/trace`.
struct TraceReport: Sendable {
    /// Whether a log holds an entry, as far as the node can prove it.
    enum ProofState: Hashable, Sendable {
        /// Under a checkpoint over so many entries.
        case proven(size: UInt64, Witnessing)
        case broken(String)

        init(_ fields: AnswerFields) throws(CommandFailure) {
            if try fields.text("state") == "proven" {
                self = .proven(size: try fields.index("size"), try Witnessing(fields))
            } else {
                self = .broken(try fields.optionalText("detail") ?? "no reason given")
            }
        }
    }

    /// What others have said of the tree that proves an entry.
    enum Witnessing: Hashable, Sendable {
        /// A node of an older release does not say.
        case unknown
        /// The log's own word, and that of so many witnesses; so many are needed, if the node says.
        case provisional(cosigners: Int, quorum: Int64?)
        case witnessed(by: [String])
        case forked
        /// The log has ended before it was witnessed.
        case ended

        init(_ fields: AnswerFields) throws(CommandFailure) {
            let cosigners = try fields.optionalTexts("cosigners") ?? []
            switch try fields.optionalText("witnessing") {
            case "provisional":
                self = .provisional(cosigners: cosigners.count, quorum: try fields.optionalNumber("quorum"))
            case "witnessed": self = .witnessed(by: cosigners)
            case "forked": self = .forked
            case "ended": self = .ended
            default: self = .unknown
            }
        }
    }

    struct Entry: Sendable {
        let logged: LogEntry
        let proof: ProofState

        init(_ fields: AnswerFields) throws(CommandFailure) {
            logged = try LogEntry(fields)
            proof = try ProofState(try fields.object("proof", "a proof"))
        }
    }

    /// An entry of another node's log.
    struct OtherEntry: Sendable {
        let log: String
        let index: UInt64
        let time: Timestamp
        let proof: ProofState
    }

    struct Transfer: Sendable {
        let object: String
        let destination: String
        let nextHop: String
        let attempts: Int64
        let due: Timestamp
        let entry: UInt64
        let state: String
        let closingEntry: UInt64?
        let custody: OtherEntry?
        /// Of nodes behind the next hop.
        let onwardCustody: [OtherEntry]
        let refusal: OtherEntry?
        let lastError: String?
    }

    struct Mailbox: Sendable {
        let name: String
        let sequence: Int64
        let received: Timestamp
        let isReceipted: Bool
    }

    struct Receipt: Sendable {
        let recipient: String
        let entry: UInt64
        let received: Timestamp
        /// The recipient's node's release of it.
        let release: OtherEntry?
    }

    struct NonDelivery: Sendable {
        let destination: String
        let reason: String
        let entry: UInt64
        let received: Timestamp
        let refusal: OtherEntry?
    }

    struct Message: Sendable {
        let originator: String
        let envelope: String
        let precedence: String
        let accepted: Timestamp
        let expires: Timestamp
        let transfers: [Transfer]
        let mailboxes: [Mailbox]
        let receipts: [Receipt]
        let nonDeliveries: [NonDelivery]
    }

    let message: String
    let time: Timestamp
    let entries: [Entry]
    let messages: [Message]
    /// The ways to the next hops; none from a node of an older release.
    let links: [StatusReport.Link]

    init(json: JSONValue) throws(CommandFailure) {
        let answer = try AnswerFields(json, "the trace")
        message = try answer.text("message")
        time = try answer.time("time")
        entries = try answer.list("entries", of: "an entry", Entry.init)
        messages = try answer.list("messages", of: "a message", Message.init)
        links = try answer.optionalList("links", of: "a link", StatusReport.Link.init) ?? []
    }

    /// The first proof that does not hold.
    var broken: String? {
        let own = entries.compactMap { entry in Self.detail(entry.proof).map { "entry \(entry.logged.index): \($0)" } }
        let others = messages.flatMap(\.otherEntries).compactMap { other in
            Self.detail(other.proof).map { "entry \(other.index) of `\(other.log)`: \($0)" }
        }
        return (own + others).first
    }

    private static func detail(_ proof: ProofState) -> String? {
        switch proof {
        case .proven(_, .forked): "its log has forked or gone back"
        case .proven: nil
        case .broken(let detail): detail
        }
    }
}

extension TraceReport.Message {
    fileprivate var otherEntries: [TraceReport.OtherEntry] {
        transfers.flatMap { [$0.custody, $0.refusal].compactMap(\.self) + $0.onwardCustody }
            + receipts.compactMap(\.release) + nonDeliveries.compactMap(\.refusal)
    }

    init(_ fields: AnswerFields) throws(CommandFailure) {
        originator = try fields.text("originator")
        envelope = try fields.text("envelope")
        precedence = try fields.text("precedence")
        accepted = try fields.time("accepted")
        expires = try fields.time("expires")
        transfers = try fields.list("transfers", of: "a transfer", TraceReport.Transfer.init)
        mailboxes = try fields.list("mailboxes", of: "a mailbox") { fields throws(CommandFailure) in
            TraceReport.Mailbox(
                name: try fields.text("mailbox"),
                sequence: try fields.number("sequence"),
                received: try fields.time("received"),
                isReceipted: try fields.flag("receipted")
            )
        }
        receipts = try fields.list("receipts", of: "a receipt") { fields throws(CommandFailure) in
            TraceReport.Receipt(
                recipient: try fields.text("recipient"),
                entry: try fields.index("entry"),
                received: try fields.time("received"),
                release: try TraceReport.OtherEntry(optional: "release", of: fields)
            )
        }
        nonDeliveries = try fields.list("non-deliveries", of: "a non-delivery") { fields throws(CommandFailure) in
            TraceReport.NonDelivery(
                destination: try fields.text("destination"),
                reason: try fields.text("reason"),
                entry: try fields.index("entry"),
                received: try fields.time("received"),
                refusal: try TraceReport.OtherEntry(optional: "refusal", of: fields)
            )
        }
    }
}

extension TraceReport.Transfer {
    init(_ fields: AnswerFields) throws(CommandFailure) {
        object = try fields.text("object")
        destination = try fields.text("destination")
        nextHop = try fields.text("next-hop")
        attempts = try fields.number("attempts")
        due = try fields.time("due")
        entry = try fields.index("entry")
        state = try fields.text("state")
        closingEntry = try fields.optionalIndex("closing-entry")
        lastError = try fields.optionalText("last-error")
        custody = try TraceReport.OtherEntry(optional: "custody", of: fields)
        onwardCustody =
            try fields.optionalList("onward-custody", of: "an entry of another log", TraceReport.OtherEntry.init) ?? []
        refusal = try TraceReport.OtherEntry(optional: "refusal", of: fields)
    }
}

extension TraceReport.OtherEntry {
    /// Nil where the member is not there.
    fileprivate init?(optional name: String, of fields: AnswerFields) throws(CommandFailure) {
        guard let entry = try fields.optionalObject(name, "an entry of another log") else { return nil }
        try self.init(entry)
    }

    fileprivate init(_ entry: AnswerFields) throws(CommandFailure) {
        log = try entry.text("log")
        index = try entry.index("index")
        time = try entry.time("time")
        proof = try TraceReport.ProofState(try entry.object("proof", "a proof"))
    }
}
