/// Names in ascending order, with the place of each.
///
/// The places are found by the names' bytes in a table of fixed size, made once of what a policy declares: what is asked
/// for later cannot fill or slow it.
struct Numbered<Name: Hashable & Comparable & Sendable & CustomStringConvertible>: Sendable {
    let names: [Name]
    private let table: WordTable

    init(_ names: some Sequence<Name>, _ memory: TableMemory) {
        self.names = names.sorted()
        table = WordTable(zip(self.names, 0...).map { ($0.description, UInt32($1)) }, memory)
    }

    var count: Int { names.count }

    func number(of name: Name) -> Int? { table.value(of: name.description).map { Int($0) } }

    /// The number of the name with these bytes.
    func number(of name: UnsafeBufferPointer<UInt8>) -> Int? { table.value(of: name).map { Int($0) } }
}
