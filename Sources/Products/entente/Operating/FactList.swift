/// Named values under each other, the values aligned.
struct FactList {
    private var facts: [(name: String, value: String)] = []

    /// Adds a value; nil adds nothing.
    mutating func add(_ name: String, _ value: String?) {
        if let value { facts.append((name, PrintableText.line(value))) }
    }

    func lines(indentedBy indentation: Int = 0) -> [String] {
        let width = facts.map(\.name.count).max() ?? 0
        let margin = String(repeating: " ", count: indentation)
        return facts.map { fact in
            margin + fact.name + String(repeating: " ", count: width - fact.name.count + 2) + fact.value
        }
    }
}
