import CanonicalEncoding

/// A node's answer to `GET /v1/status`.
struct StatusReport: Sendable {
    struct Link: Sendable {
        let nextHop: String
        let failures: Int64
        let nextAttempt: Timestamp?
        let lastError: String?
    }

    struct Queue: Sendable {
        let nextHop: String
        let precedence: String
        let count: Int64
        let size: Int64
        let oldestAccepted: Timestamp
    }

    struct Mailbox: Sendable {
        let name: String
        let count: Int64
        let unreceipted: Int64
    }

    struct Alarm: Sendable {
        let partner: String?
        let code: String
        let detail: String
    }

    /// How far the log is witnessed.
    struct Witnessing: Sendable {
        struct Witness: Sendable {
            let node: String
            let size: UInt64?
            let lateFor: Int64?
            let lastError: String?
        }

        let quorum: Int64
        let stable: UInt64
        let witnessed: UInt64
        let witnesses: [Witness]
    }

    /// A legal hold that is in force.
    struct Hold: Sendable {
        let entry: UInt64
        /// Nil for a hold on entries.
        let message: String?
        let authority: String
        let reason: String
    }

    /// A log that has forked or gone back, with the evidence kept.
    struct Fork: Sendable {
        let number: Int64
        let log: String
        let claim: String
        let found: Timestamp
        /// Nil as long as it is alarmed.
        let acknowledgement: ForkSummary.Acknowledgement?
    }

    let time: Timestamp
    let node: String
    let partner: String
    let realm: String
    let endpoint: String?
    let policy: String
    let directory: String
    let log: String
    let logKey: String
    let logSize: UInt64
    let root: String
    let checkpointTime: Timestamp
    let databaseSize: Int64
    let writeAheadLogSize: Int64
    /// Nil from a node of an older release.
    let availableSize: Int64?
    let links: [Link]
    let queues: [Queue]
    let mailboxes: [Mailbox]
    let alarms: [Alarm]
    let holds: [Hold]
    let forks: [Fork]
    /// Nil from a node of an older release.
    let witnessing: Witnessing?

    init(json: JSONValue) throws(CommandFailure) {
        let answer = try AnswerFields(json, "the status")
        time = try answer.time("time")
        let node = try answer.object("node", "the node")
        self.node = try node.text("id")
        partner = try node.text("partner")
        realm = try node.text("realm")
        endpoint = try node.optionalText("endpoint")
        policy = try node.text("policy")
        directory = try node.text("directory")
        log = try node.text("log")
        logKey = try node.text("log-key")
        let log = try answer.object("log", "the log")
        logSize = try log.index("size")
        root = try log.text("root")
        checkpointTime = try log.time("checkpoint-time")
        let storage = try answer.object("storage", "the storage")
        databaseSize = try storage.number("database")
        writeAheadLogSize = try storage.number("write-ahead-log")
        availableSize = try storage.optionalNumber("available")
        witnessing = try answer.optionalObject("witnessing", "the witnessing").map(Witnessing.init)
        links = try answer.list("links", of: "a link") { fields throws(CommandFailure) in
            try Link(fields)
        }
        queues = try answer.list("queues", of: "a queue") { fields throws(CommandFailure) in
            Queue(
                nextHop: try fields.text("next-hop"),
                precedence: try fields.text("precedence"),
                count: try fields.number("count"),
                size: try fields.number("size"),
                oldestAccepted: try fields.time("oldest-accepted")
            )
        }
        mailboxes = try answer.list("mailboxes", of: "a mailbox") { fields throws(CommandFailure) in
            Mailbox(
                name: try fields.text("mailbox"),
                count: try fields.number("count"),
                unreceipted: try fields.number("unreceipted")
            )
        }
        holds =
            try answer.optionalList("holds", of: "a hold") { fields throws(CommandFailure) in
                Hold(
                    entry: try fields.index("entry"),
                    message: try fields.optionalText("message"),
                    authority: try fields.text("authority"),
                    reason: try fields.text("reason")
                )
            } ?? []
        forks = try answer.optionalList("forks", of: "a fork", Fork.init) ?? []
        alarms = try answer.list("alarms", of: "an alarm") { fields throws(CommandFailure) in
            Alarm(
                partner: try fields.optionalText("partner"),
                code: try fields.text("code"),
                detail: try fields.text("detail")
            )
        }
    }
}

extension StatusReport.Link {
    init(_ fields: AnswerFields) throws(CommandFailure) {
        nextHop = try fields.text("next-hop")
        failures = try fields.number("failures")
        nextAttempt = try fields.optionalTime("next-attempt")
        lastError = try fields.optionalText("last-error")
    }

    /// How the link is, in words; the error apart.
    func words(at time: Timestamp) -> String {
        guard failures > 0 else { return "ok" }
        let attempts = failures == 1 ? "1 failure" : "\(failures) failures"
        guard let next = nextAttempt, next > time else { return "down, \(attempts)" }
        return "down, \(attempts), next try in \(QuantityText.duration(from: time, to: next))"
    }
}
