import CanonicalEncoding
import GRDB
import OpenSSLCrypto
import Relaying
package import TransparencyLog

/// The verification of an archive, by itself: its entries are consecutive ones of the log whose key signed the checkpoints
/// in it, in the tree that the last of these signs, and everything beside them is derived from their bytes again.
///
/// What came before and after the archived entries is not looked at: it is bound by the signed root alone.
package struct ArchiveVerification: Sendable {
    private let origin: LogOrigin?
    private let verifier: NoteVerifier?

    /// - Parameters: as for ``LogVerification``.
    package init(origin: LogOrigin? = nil, verifier: NoteVerifier? = nil) {
        self.origin = origin
        self.verifier = verifier
    }

    /// Whether the file is an archive; other databases are for ``LogVerification``.
    package static func isArchive(path: String) throws(StoreError) -> Bool {
        do {
            return try StoreDatabase.openReadOnly(path: path).read { try ArchiveSchema.isArchive($0) }
        } catch {
            throw StoreError(error)
        }
    }

    /// Verifies an archive, opened read-only.
    package func run(path: String) throws(StoreError) -> LogReport {
        do {
            return try StoreDatabase.openReadOnly(path: path).read { database in
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
                try PagesPresent.check(database)
                return try run(database)
            }
        } catch {
            throw StoreError(error)
        }
    }

    func run(_ database: Database) throws -> LogReport {
        var report = LogReport()
        try checkSchema(database, &report)
        guard report.isSound, try FormComparison.run(database, &report), let identity = try identity(database, &report),
            let range = try range(database, &report)
        else { return report }
        report.start = range.lowerBound
        report.segment = range
        var walk = try ArchiveWalk(range, origin: identity.origin, verifier: identity.verifier, database, &report)
        try walk?.run(&report)
        guard let walk else { return report }
        try ArchiveProof(walk: walk, database: database, origin: identity.origin, verifier: identity.verifier)
            .run(&report)
        // The indexes hold what the tables do, and the file nothing that belongs to neither.
        for row in try database.all("PRAGMA integrity_check") where try row.text(0) != "ok" {
            report.add(.index, nil, try row.text(0))
        }
        return report
    }

    private func checkSchema(_ database: Database, _ report: inout LogReport) throws {
        let pristine = try DatabaseQueue()
        try pristine.write { try ArchiveSchema.make(in: $0) }
        let expected = try pristine.read { try SchemaComparison.objects(in: $0) }
        try SchemaComparison.checkHeader(database, &report)
        let stored = try SchemaComparison.objects(in: database)
        for name in Set(expected.keys).union(stored.keys).sorted() where expected[name] != stored[name] {
            let want = expected[name] ?? "nothing of the name"
            report.add(.schema, nil, "`\(name)`: expected \(want), got \(stored[name] ?? "nothing of the name")")
        }
    }

    private func identity(
        _ database: Database,
        _ report: inout LogReport
    ) throws -> (origin: String, verifier: NoteVerifier)? {
        let claimed = try LogKeeping.value(LogKeeping.originKey, in: database) ?? "none"
        let key = try LogKeeping.value(LogKeeping.verifierKey, in: database) ?? "none"
        report.origin = origin?.rawValue ?? claimed
        let known: Set = [
            LogKeeping.originKey, LogKeeping.verifierKey, ArchiveSchema.formatKey, ArchiveSchema.firstKey,
            ArchiveSchema.endKey, ArchiveSchema.checkpointsKey, ArchiveSchema.witnessedKey,
        ]
        for row in try database.all("SELECT key FROM meta ORDER BY key") where !known.contains(try row.text(0)) {
            report.add(.log, nil, "`meta` has the unknown key `\(try row.text(0))`")
        }
        if claimed != report.origin {
            report.add(.log, nil, "expected the log `\(report.origin)`, got `\(claimed)`")
        }
        if let verifier {
            if key != verifier.verifierKey { report.add(.log, nil, "expected the log key `\(verifier)`, got `\(key)`") }
            return (report.origin, verifier)
        }
        do {
            return (report.origin, try NoteVerifier(verifierKey: key))
        } catch {
            report.add(.log, nil, "the stored log key is none: \(error)")
            return nil
        }
    }

    private func range(_ database: Database, _ report: inout LogReport) throws -> Range<UInt64>? {
        let format = try LogKeeping.value(ArchiveSchema.formatKey, in: database)
        guard format == ArchiveSchema.format else {
            report.add(.log, nil, "expected an archive of format \(ArchiveSchema.format), got \(format ?? "none")")
            return nil
        }
        let bounds = try [ArchiveSchema.firstKey, ArchiveSchema.endKey].map { key in
            try LogKeeping.value(key, in: database).flatMap { text in
                Int64(text).flatMap { $0 >= 0 && "\($0)" == text ? UInt64($0) : nil }
            }
        }
        guard let first = bounds[0], let end = bounds[1], first < end else {
            report.add(.log, nil, "`meta` does not say which entries the archive holds")
            return nil
        }
        return first..<end
    }
}
