/// The columns that nothing in the log determines, so that verification cannot hold them against anything.
///
/// `Docs/storage.md` has the same list; a test changes every other column of every table, and expects that it is found.
package enum UnprotectedColumns {
    /// Whole tables, and why.
    package static let tables: [(table: String, reason: String)] = [
        ("inbound_streams", "what other nodes said last of their streams; the heartbeat in it proves itself"),
        ("known_logs", "under which key another node's log was known last: the kept directories say"),
        (
            "inbound_numbers",
            "the last rows, when they are gone, as rows count from 1; each that is there must fit its entry and the release in it"
        ),
        ("custody_feeds", "how far hubs' word on later custody was read: reading it again says"),
        ("gaps", "what is being waited for, and a row that is gone; what was raised or ended must fit its entries"),
    ]
    /// Table, column, and why.
    ///
    /// `*` stands for whole rows: that one is gone, nothing says.
    package static let all: [(table: String, column: String, reason: String)] = [
        ("outbox", "attempts", "state of the queue: how often it was tried"),
        ("outbox", "due", "state of the queue: when it is tried next"),
        ("outbox", "last_error", "state of the queue: why the last try failed; of what was given up it is verified"),
        ("outbox", "unsettled_since", "state of the queue: since when the next hop cannot judge it"),
        (
            "checkpoints", "time",
            "of the first one alone, that of the empty log: nothing signed says when it was founded"
        ),
        ("directories", "*", "which directories were in force: entries name them by digest"),
        ("sheets", "*", "a sheet of no directory; those of each directory must be there"),
        ("witnessed_logs", "*", "what this node has cosigned: the other log and its other witnesses know"),
        ("witnessed_logs", "time", "when this node cosigned: the cosignature itself says"),
        ("stable_checkpoints", "*", "which checkpoints were given out: their cosigners know"),
        ("stable_checkpoints", "time", "when it was given out"),
        ("stable_checkpoints", "witnessed", "when its quorum was in: the cosignatures themselves say"),
        ("received_checkpoints", "*", "what receipts of other logs have shown: the receipts themselves do"),
        ("received_checkpoints", "received", "when it came"),
        ("received_checkpoints", "state", "how far it was compared: comparing it again says"),
        ("received_checkpoints", "witnessed_size", "how far it was compared: comparing it again says"),
        ("received_checkpoints", "cosigners", "how far it was compared: comparing it again says"),
    ]
}
