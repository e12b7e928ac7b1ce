import CanonicalEncoding
import GRDB
import OpenSSLCrypto
import Relaying
package import TransparencyLog

/// The verification of a stored log: everything is derived again from the entries' bytes and compared with what is
/// stored beside them, in every table.
///
/// It finds what was altered, added, removed, swapped or cut off, beside the few columns that ``UnprotectedColumns``
/// lists. It cannot find that a whole log, checkpoints included, was cut back to an earlier state, unless it is given a
/// checkpoint of a later one. Details and bodies that are gone are wrong too, unless a later entry says
/// that they were erased.
package struct LogVerification: Sendable {
    private let origin: LogOrigin?
    private let verifier: NoteVerifier?
    private let since: SignedCheckpoint?

    /// - Parameters:
    ///   - origin: the name that the log must have; nil to take the database's word.
    ///   - verifier: the key that must have signed it, from a source other than the database; nil to take the
    ///     database's word, which then proves only that it agrees with itself.
    ///   - since: a checkpoint of the log whose entries were verified before. It is proven that the log goes on from
    ///     there, and only what came after is looked at.
    package init(origin: LogOrigin? = nil, verifier: NoteVerifier? = nil, since: SignedCheckpoint? = nil) {
        self.origin = origin
        self.verifier = verifier
        self.since = since
    }

    /// Verifies a database file, opened read-only: a copy, or that of a running node.
    package func run(path: String) throws(StoreError) -> LogReport {
        do {
            return try StoreDatabase.openReadOnly(path: path).read { database in
                try LogKeeping.checkHoldsLog(database, path: path)
                try PagesPresent.check(database)
                return try run(database)
            }
        } catch {
            throw StoreError(error)
        }
    }

    /// The same on a thread of SQLite's own, for those who must not wait on theirs.
    package func runAside(path: String) async throws(StoreError) -> LogReport {
        do {
            return try await StoreDatabase.openReadOnly(path: path).read { database in
                try LogKeeping.checkHoldsLog(database, path: path)
                try PagesPresent.check(database)
                return try run(database)
            }
        } catch {
            throw StoreError(error)
        }
    }

    func run(_ database: Database) throws -> LogReport {
        var report = LogReport()
        let identity = try identity(database, &report)
        do {
            try SchemaComparison.run(database, &report)
            try compare(database, identity, &report)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR && !report.isSound {
            // A table or column that is not there was named with the schema; nothing can be said of the others.
            report.add(.schema, nil, error.message ?? "\(error.resultCode)")
        }
        return report
    }

    private func compare(
        _ database: Database,
        _ identity: (origin: String, verifier: NoteVerifier?),
        _ report: inout LogReport
    ) throws {
        let base = try VerificationBase(
            since,
            origin: identity.origin,
            verifier: identity.verifier,
            in: database,
            &report
        )
        report.start = base.tree.size
        var walk = EntryWalk(origin: identity.origin, over: (base.tree, base.lastTime), database)
        // A schema of the right form says how the rows stand on their pages.
        var pages = report.isSound ? try DatabasePages(of: database) : nil
        let file = pages
        let isOfForm = try FormComparison.run(database, &report)
        try Self.withFewPages(database) { try Self.run(&walk, &pages, &report) }
        let signed = try CheckpointComparison(origin: identity.origin, verifier: identity.verifier)
            .run(database, walk: walk, &report)
        try IndexComparison(database: database, start: walk.start).run(walk.indexes, pages, &report)
        if let problem = file?.freeListProblem {
            report.add(.schema, nil, "\(problem): SQLite would write over what is there, or refuse to write")
        }
        if isOfForm { try RowComparison.run(database, walk: walk, &report) }
        report.proven = report.proven(of: signed)
    }

    /// Reads the pages as long as they are as they must be; what is wrong with them, SQLite says.
    private static func run(_ walk: inout EntryWalk, _ pages: inout DatabasePages?, _ report: inout LogReport) throws {
        let (first, before) = (walk, report)
        do {
            return try walk.run(pages, &report)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT && pages != nil {
            (walk, report, pages) = (first, before, nil)
        }
        try walk.run(nil, &report)
    }

    /// Keeps as many pages as the processor's own cache holds: a walk comes to each page once, and reading the next one
    /// over the last costs less than over one that main memory holds.
    private static func withFewPages(_ database: Database, _ body: () throws -> Void) throws {
        let pages = try database.integer("PRAGMA cache_size") ?? -2000
        try database.execute(sql: "PRAGMA cache_size = -256")
        try body()
        // After an error the connection is read from no more than before, only with fewer pages kept.
        try database.execute(sql: "PRAGMA cache_size = \(pages)")
    }

    private func identity(
        _ database: Database,
        _ report: inout LogReport
    ) throws -> (origin: String, verifier: NoteVerifier?) {
        let claimedOrigin = try LogKeeping.value(LogKeeping.originKey, in: database)
        let claimedKey = try LogKeeping.value(LogKeeping.verifierKey, in: database)
        report.origin = origin?.rawValue ?? claimedOrigin ?? ""
        if claimedOrigin != report.origin || claimedOrigin == nil {
            report.add(.log, nil, "expected the log `\(report.origin)`, got `\(claimedOrigin ?? "none")`")
        }
        if let verifier {
            if claimedKey != verifier.verifierKey {
                report.add(.log, nil, "expected the log key `\(verifier)`, got `\(claimedKey ?? "none")`")
            }
            return (report.origin, verifier)
        }
        do {
            return (report.origin, try NoteVerifier(verifierKey: claimedKey ?? ""))
        } catch {
            report.add(.log, nil, "the stored log key is none: \(error)")
            return (report.origin, nil)
        }
    }
}

extension RelayStore {
    /// Verifies this node's log as of the last commit, with the key that signs it; writes go on meanwhile.
    ///
    /// - Parameter since: as for ``LogVerification``.
    package func verifyLog(since: SignedCheckpoint? = nil) async throws(StoreError) -> LogReport {
        let verification = LogVerification(origin: node.log, verifier: verifier, since: since)
        return try await read { database in
            try PagesPresent.check(database)
            return try verification.run(database)
        }
    }
}
