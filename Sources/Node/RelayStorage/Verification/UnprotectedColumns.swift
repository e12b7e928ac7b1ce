/// The columns that nothing in the log determines, so that verification cannot hold them against anything.
///
/// `Docs/storage.md` has the same list; a test changes every other column of every table, and expects that it is found.
package enum UnprotectedColumns {
    /// Table, column, and why.
    package static let all: [(table: String, column: String, reason: String)] = [
        ("outbox", "attempts", "state of the queue: how often it was tried"),
        ("outbox", "due", "state of the queue: when it is tried next"),
        ("outbox", "last_error", "state of the queue: why the last try failed; of what was given up it is verified"),
        ("outbox", "unsettled_since", "state of the queue: since when the next hop cannot judge it"),
        (
            "checkpoints", "time",
            "of the first one alone, that of the empty log: nothing signed says when it was founded"
        ),
    ]
}
