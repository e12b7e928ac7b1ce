import SecurityLabels

/// One fact of a request that the analysis goes through, with every value that it can have.
struct AnalysisLayer {
    enum Kind: Hashable {
        /// A classification word together with a stretch of the ladder's own dates, numbered `row * words + word`.
        case word
        case axis(Axis)
        /// Whether a name is carried; the first value is that it is not.
        case carried(CarriedAxis, isFirst: Bool, isLast: Bool)
    }

    let kind: Kind
    /// For each value its number in the policy of each side, or -1 where that policy does not have it; for a name that may
    /// be carried the number of the name.
    let values: [[Int]]
    /// Of words and of stretches of days: for each value, which stretch of the ladders' own dates it belongs to.
    var rows: [Int32] = []
    /// The one value to look at; every value when nil.
    var fixed: Int?

    /// The facts of one policy's requests that do not depend on who takes part.
    ///
    /// Values that no rule tells apart are one value.
    /// - Parameter stretch: The one stretch of the policy's times to look at; all when nil.
    static func layers(of tables: PolicyTables, in stretch: Int? = nil) -> [AnalysisLayer] {
        let index = tables.index
        let stretches = stretch.map { [$0] } ?? Array(0..<index.times.count)
        let rows = Set(stretches.map { tables.facts.rankRows[$0] }).sorted()
        let words = index.classifications.count
        var layers = [
            AnalysisLayer(
                kind: .word,
                values: rows.flatMap { row in (0..<words).map { [Int(row) * words + $0] } },
                rows: rows.flatMap { row in (0..<words).map { _ in row } }
            )
        ]
        func add(_ axis: Axis) {
            var values = axis == .stretch ? stretches : Array(0..<index.count(of: axis))
            // Communities and times mean more than what rules say of them, and types are listed.
            if axis != .community, axis != .stretch, axis != .type {
                var seen: Set<RuleVector> = []
                values = values.filter { seen.insert(tables.vector(of: $0, on: axis)).inserted }
            }
            // No community first: counter-examples are to be as plain as they can be.
            if axis == .community { values.reverse() }
            let rows = axis == .stretch ? values.map { tables.facts.rankRows[$0] } : []
            layers.append(AnalysisLayer(kind: .axis(axis), values: values.map { [$0] }, rows: rows))
        }
        func add(_ axis: CarriedAxis, _ count: Int) {
            for name in 0..<count {
                let kind = Kind.carried(axis, isFirst: name == 0, isLast: name == count - 1)
                layers.append(AnalysisLayer(kind: kind, values: [[name], [name]]))
            }
        }
        add(.type)
        add(.community)
        add(.compartments, index.compartments.count)
        add(.caveats, index.caveats.count)
        for axis in [Axis.releasability, .precedence, .link, .age, .expiry, .stretch] { add(axis) }
        return layers
    }
}
