import CanonicalEncoding
import GRDB
import OpenSSLCrypto
import Relaying

/// What the entries of a walk say was erased, and what was found to be gone.
struct LoggedErasures {
    /// The digests of the envelopes whose bodies were erased.
    private(set) var bodies: Set<SHA256Digest> = []

    private var records: [(index: UInt64, entries: IndexRanges)] = []
    /// Entries whose details are gone.
    private var gone = IndexRanges()
    /// Those of them whose details are never erased.
    private var lost = IndexRanges()

    /// Notes an entry whose details are not there; entries are noted in ascending order.
    mutating func note(gone index: UInt64, _ kind: AuditEntryKind) {
        gone.insert(last: index)
        if !AuditEntryKind.erasable.contains(kind) { lost.insert(last: index) }
    }

    /// Takes what an erasure says.
    /// - Returns: What is wrong with it.
    mutating func take(_ details: [UInt8], of index: UInt64) -> String? {
        let record: ErasureRecord?
        do {
            record = ErasureRecord(json: try JSONValue.parseCanonical(details, maximumSize: 64 << 20))
        } catch {
            return "the record of an erasure is malformed: \(error)"
        }
        guard let record else { return "expected the record of an erasure" }
        guard record.entries.ranges.last.map({ $0.upperBound < index }) ?? true else {
            return "it says that entries were erased which came later"
        }
        records.append((index, record.entries))
        bodies.formUnion(record.bodies)
        return nil
    }

    /// Holds what is gone against what was erased, once all entries were walked over.
    func check(_ database: Database, _ report: inout LogReport) throws {
        var erased = records.flatMap(\.entries.ranges).sorted { $0.lowerBound < $1.lowerBound }[...]
        var last: UInt64?
        for index in gone.ranges.joined() {
            report.erasedCount += 1
            while let range = erased.first, range.lowerBound <= index {
                last = max(last ?? 0, range.upperBound)
                erased.removeFirst()
            }
            let isKept = lost.contains(index)
            if let last, last >= index, !isKept { continue }
            report.unexplainedErasureCount += 1
            let detail = isKept ? "those of this kind of entry are never erased" : "no entry says that they were erased"
            report.add(.details, index, "they are gone, and \(detail)")
        }
        for record in records {
            for range in record.entries.ranges {
                let there = try database.all(
                    "SELECT idx FROM entry_details WHERE idx BETWEEN ? AND ? ORDER BY idx",
                    Int64(clamping: range.lowerBound),
                    Int64(clamping: range.upperBound)
                )
                for row in there {
                    let detail = "they are there, and entry \(record.index) says that they were erased"
                    report.add(.details, UInt64(clamping: try row.integer(0)), detail)
                }
            }
        }
    }
}
