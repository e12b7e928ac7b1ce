/// What is left to be judged of a request of which some facts are known: two requests with the same residual are answered
/// alike by whatever the facts that are still open turn out to be.
struct Residual: Hashable {
    /// The rules that nothing excludes so far: guardrails that may still deny, agreements that may still cover.
    var rules: RuleVector
    /// Of these, while the names of a set are gone through, the rules that have found a name that they ask for.
    var asked: RuleVector
    /// Whether an agreement covers the request whatever comes, or none is needed.
    var isCovered: Bool
    /// Whether one of the rules that ``AnalysisSide`` asks for holds whatever comes, or it asks for none.
    var isMet: Bool
    /// The highest rank that everybody who takes part may hold and carry.
    var highest: Int32
    /// The number of the owners' ranks among those of ``AnalysisSide``; likewise below.
    var ranks: Int32
    var ladderRow: Int32 = 0
    /// Which compartments both ends are read in to; -1 where it does not matter.
    var readIn: Int32
    /// Of which communities both ends are members and when, later when they are of the label's; -1 likewise.
    var membership: Int32
}

/// Values by number, each once.
struct Interned<Value: Hashable> {
    private(set) var values: [Value] = []
    private var numbers: [Value: Int32] = [:]

    mutating func number(of value: Value) -> Int32 {
        if let number = numbers[value] { return number }
        let number = Int32(values.count)
        values.append(value)
        numbers[value] = number
        return number
    }
}
