/// The tables whose rows nothing in this log determines: what others have signed stands in them.
///
/// What is wrong in itself is found; that a row is missing, older than it should be or more than there was is not.
/// `Docs/storage.md` has the same list.
package enum UnprotectedTables {
    /// Table, and why.
    package static let all: [(table: String, reason: String)] = [
        ("witnessed_logs", "signed by other logs; who sets it back makes this witness cosign a rollback"),
        ("stable_checkpoints", "this log's trees are verified; cosignatures are the witnesses', whose keys are in the sheets"),
        ("received_checkpoints", "signed by other logs, whose keys are in the sheets"),
    ]
}
