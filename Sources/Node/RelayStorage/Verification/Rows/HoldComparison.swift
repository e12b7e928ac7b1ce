import CanonicalEncoding
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying

/// Erasures against the legal holds that were in force when they were made; nothing but the entries says which were.
///
/// Details that are gone, the walk over the entries has named before.
struct HoldComparison {
    let rows: LoggedRows

    private static let kinds = [AuditEntryKind.hold, .holdRelease, .erasure].map { "'\($0.rawValue)'" }
        .joined(separator: ", ")

    func run(_ report: inout LogReport) throws {
        let entries = try rows.database.all("SELECT idx, kind FROM entries WHERE kind IN (\(Self.kinds)) ORDER BY idx")
        var inForce: [(index: UInt64, held: HeldRows)] = []
        for row in entries {
            let index = try row.integer(0)
            let kind = try row.text(1)
            guard let details = try rows.details(index) else { continue }
            let json = JSONValue.object(details)
            let isNew = UInt64(clamping: index) >= rows.start
            switch kind {
            case AuditEntryKind.hold.rawValue:
                if let hold = LegalHold(json: json) {
                    inForce.append((UInt64(clamping: index), try HeldRows(hold, rows)))
                } else if isNew {
                    report.add(.details, UInt64(clamping: index), "expected what a legal hold names")
                }
            case AuditEntryKind.holdRelease.rawValue:
                let release = LegalHoldRelease(json: json)
                let count = inForce.count
                inForce.removeAll { $0.index == release?.hold }
                if isNew, inForce.count == count {
                    report.add(.details, UInt64(clamping: index), "it releases no legal hold that was in force")
                }
            default:
                guard isNew, let record = ErasureRecord(json: json) else { continue }
                for hold in inForce {
                    guard let what = hold.held.first(in: record) else { continue }
                    let detail = "\(what) was erased while the legal hold of entry \(hold.index) was in force"
                    report.add(.details, UInt64(clamping: index), detail)
                }
            }
        }
    }
}

/// What a hold keeps.
private struct HeldRows {
    let entries: IndexRanges
    let bodies: Set<SHA256Digest>

    init(_ hold: LegalHold, _ rows: LoggedRows) throws {
        switch hold.scope {
        case .entries(let ranges):
            entries = ranges
            bodies = []
        case .message(let id):
            let about = try rows.database.all(
                "SELECT idx FROM entries WHERE message = ? ORDER BY idx",
                id.bytes.blob
            ).map { try $0.entryIndex(0) }
            entries = IndexRanges(about)
            bodies = Set(try about.compactMap { try rows.entry(Int64(clamping: $0))?.envelope })
        }
    }

    func first(in record: ErasureRecord) -> String? {
        if let index = record.entries.firstShared(with: entries) { return "entry \(index)" }
        return record.bodies.intersection(bodies).map(\.hex).min().map { "the body of envelope `\($0)`" }
    }
}
