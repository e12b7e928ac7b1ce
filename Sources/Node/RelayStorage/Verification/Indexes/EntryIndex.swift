import GRDB

/// An index of the entries: what a search reads in place of the table.
struct EntryIndex {
    /// Which entries it holds.
    enum Condition {
        case every
        /// Those whose column is not null.
        case having(String)
        /// Those whose column is another text than this one.
        case other(String, than: String)
    }

    let name: String
    let columns: [String]
    let condition: Condition

    static let all = [
        EntryIndex(name: "entries_by_message", columns: ["message"], condition: .having("message")),
        EntryIndex(name: "entries_by_kind", columns: ["kind"], condition: .every),
        EntryIndex(
            name: "entries_by_sequence",
            columns: ["destination", "sequence", "kind"],
            condition: .having("sequence")
        ),
        EntryIndex(name: "entries_by_peer", columns: ["peer"], condition: .having("peer")),
        EntryIndex(name: "entries_by_outcome", columns: ["outcome"], condition: .every),
        EntryIndex(name: "entries_by_reasons", columns: ["reasons"], condition: .other("reasons", than: "[]")),
    ]

    /// Reads what the index holds, and nothing from the table: the columns and the entry's number.
    var query: String {
        let condition =
            switch condition {
            case .every: ""
            case .having(let column): " WHERE \(column) IS NOT NULL"
            case .other(let column, let text): " WHERE \(column) <> '\(text)'"
            }
        let names = (columns + ["idx"]).joined(separator: ", ")
        return "SELECT \(names) FROM entries INDEXED BY \(name)\(condition) ORDER BY \(names)"
    }
}
