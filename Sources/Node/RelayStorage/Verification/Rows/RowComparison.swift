import GRDB

/// Everything beside the log against it: streams, policies, messages, custody, queues, mailboxes and answers.
///
/// What it does not look at, and why, ``UnprotectedColumns`` says.
enum RowComparison {
    static func run(_ database: Database, walk: EntryWalk, _ report: inout LogReport) throws {
        let rows = LoggedRows(database: database, start: walk.start)
        try StreamComparison.run(database, walk: walk, &report)
        try HoldComparison(rows: rows).run(&report)
        // A copy that an older release made may have no such tables yet; the schema was compared before.
        if try database.tableExists("policies"), try database.tableExists("policy_changes") {
            try PolicyComparison(rows: rows).run(&report)
        }
        if try database.tableExists("directories") { try DirectoryComparison.run(database, &report) }
        try WitnessComparison(rows: rows).run(&report)
        if try database.tableExists("forks") { try AcknowledgementComparison(rows: rows).run(&report) }
        if try database.tableExists("gaps") { try InboundComparison(rows: rows).run(&report) }
        guard try database.tableExists("messages") else { return }
        try MessageComparison(rows: rows, erasures: walk.erasures).run(&report)
        try CustodyComparison(rows: rows, origin: walk.origin).run(expecting: walk.tally.custodyCount, &report)
        try OutboxComparison(rows: rows).run(
            expecting: walk.tally.onwardCount,
            closed: walk.tally.closingCount,
            &report
        )
        try InboxComparison(rows: rows).run(&report)
        try AnswerComparison(rows: rows).run(&report)
        if try database.tableExists("onward_custody") { try OnwardCustodyComparison(rows: rows).run(&report) }
        if try database.tableExists("refusals") { try RefusalComparison(rows: rows).run(&report) }
    }
}
