package import CanonicalEncoding
package import CoalitionDirectory
import GRDB
import Relaying

extension RelayStore {
    /// The reason of an entry by which an operator closes a gap.
    static let closedReason = "closed"

    /// Closes the gaps among these numbers of the present stream from `origin` by an operator's word: nothing will come of them.
    /// INVARIANT: a gap is closed exactly when a `gap` entry says so, and this one says by whose word.
    ///
    /// A number that comes after all is taken as any other.
    /// - Returns: the entries, one for each gap.
    /// - Throws: ``StoreError/orderRefused(_:)`` when none of the numbers is missing and raised, and when they are part of a gap.
    package func closeGaps(
        _ numbers: ClosedRange<UInt64>,
        from origin: SPIFFEID,
        authority: String,
        reason: String,
        persons: [JSONValue]
    ) async throws(StoreError) -> [UInt64] {
        let realm = node.realm
        let words: [String: JSONValue] = [
            "authority": .string(authority), "persons": .array(persons), "reason": .string(reason),
        ]
        return try await writer.perform { transaction in
            let database = transaction.database
            let columns = Gap.columns.split(separator: ", ").map { "g.\($0)" }.joined(separator: ", ")
            let gaps = try database.all(
                "SELECT \(columns) FROM gaps g JOIN inbound_streams s ON s.stream = g.stream "
                    + "WHERE s.origin = ? AND s.ended = 0 AND g.closing_entry IS NULL AND g.opening_entry IS NOT NULL "
                    + "AND g.first <= ? AND g.last >= ? ORDER BY g.first",
                origin.description,
                Int64(clamping: numbers.upperBound),
                Int64(clamping: numbers.lowerBound)
            ).map { try Gap($0) }
            let named = NumberRanges.text([numbers])
            guard !gaps.isEmpty else {
                throw StoreError.orderRefused(
                    "of the numbers \(named) of the stream from `\(origin)` none is an open gap"
                )
            }
            if let cut = gaps.first(where: {
                !numbers.contains($0.range.lowerBound) || !numbers.contains($0.range.upperBound)
            }) {
                throw StoreError.orderRefused(
                    "expected whole gaps, got \(named), which is part of the gap \(NumberRanges.text([cut.range]))"
                )
            }
            var entries: [UInt64] = []
            for gap in gaps {
                entries.append(transaction.nextIndex)
                try gap.end([Self.closedReason], realm: realm, origin: origin, saying: words, in: transaction)
            }
            return entries
        }.value
    }
}
