import CanonicalEncoding
import GRDB
import Relaying
import TransparencyLog

/// Acknowledgements against the forks that they name; nothing but the entries says which were dealt with.
///
/// Details that are gone, the walk over the entries has named before.
struct AcknowledgementComparison {
    let rows: LoggedRows

    func run(_ report: inout LogReport) throws {
        let indices = try rows.database.all(
            "SELECT idx FROM entries WHERE kind = ? ORDER BY idx",
            AuditEntryKind.forkAcknowledgement.rawValue
        ).map { try $0.integer(0) }
        var seen: [UInt64: Int64] = [:]
        for index in indices {
            guard let details = try rows.details(index) else { continue }
            let fork = ForkAcknowledgement(json: .object(details))?.fork
            let before = fork.flatMap { seen[$0] }
            if let fork, before == nil { seen[fork] = index }
            guard UInt64(clamping: index) >= rows.start,
                let problem = try problem(of: index, fork: fork, acknowledgedBy: before)
            else { continue }
            report.add(.details, UInt64(clamping: index), problem)
        }
    }

    private func problem(of index: Int64, fork: UInt64?, acknowledgedBy before: Int64?) throws -> String? {
        guard let fork else { return "expected which fork was acknowledged" }
        let named = fork < UInt64(clamping: index) ? try rows.entry(Int64(clamping: fork)) : nil
        guard let named, named.kind == .fork else {
            return "entry \(fork), which it acknowledges, is no fork before it"
        }
        guard try rows.entry(index)?.digest == named.digest else {
            return "its digest is not that of the evidence that entry \(fork) names"
        }
        if let before { return "entry \(before) has acknowledged the fork of entry \(fork) already" }
        return try isOwn(fork) ? "it acknowledges a fork of this log itself, which nothing makes good" : nil
    }

    private func isOwn(_ fork: UInt64) throws -> Bool {
        let row = try rows.database.first("SELECT evidence FROM forks WHERE entry_index = ?", Int64(clamping: fork))
        guard let row, let key = try LogKeeping.value(LogKeeping.verifierKey, in: rows.database) else { return false }
        do {
            return try Fork(parsing: row.bytes(0)).isSigned(by: NoteVerifier(verifierKey: key))
        } catch {
            // The evidence, or the log's key, is malformed: that is named where those are compared.
            return false
        }
    }
}
