/// Writes functions of a diagram as alternatives for people: each names few facts, and none can be left out.
///
/// The method is that of Minato and Morreale for irredundant sums of products, for facts with several values.
struct DecisionCover {
    private let diagram: DecisionDiagram
    private var known: [Bounds: [Alternative]] = [:]
    private var functions: [Alternative: Int32] = [:]

    /// Facts that all hold, each with the values that it may have, by layer.
    struct Alternative: Hashable {
        var values: [Int: Set<Int>]
        /// How many values each of these layers has.
        var counts: [Int: Int]
    }

    /// What must be covered at the least, and what may be at the most.
    private struct Bounds: Hashable {
        let least: Int32
        let most: Int32
    }

    init(_ diagram: DecisionDiagram) { self.diagram = diagram }

    /// Alternatives that together say yes exactly where the function does.
    mutating func alternatives(_ function: Int32) -> [Alternative] {
        let found = cover(Bounds(least: function, most: function))
        guard found.count > 1 else { return found }
        // What the others cover together is left out, the narrowest first.
        var kept = found
        for candidate in found.sorted(by: { $0.values.count > $1.values.count }) {
            let rest = kept.filter { $0 != candidate }
            if diagram.without(self.function(of: candidate), union(rest)) == 0 { kept = rest }
        }
        return kept
    }

    private mutating func cover(_ bounds: Bounds) -> [Alternative] {
        if bounds.least == 0 { return [] }
        if bounds.most == 1 { return [Alternative(values: [:], counts: [:])] }
        if let known = known[bounds] { return known }
        let (layer, count) = diagram.first(bounds.least, bounds.most)
        let least = (0..<count).map { diagram.next(bounds.least, layer, $0) }
        let most = (0..<count).map { diagram.next(bounds.most, layer, $0) }
        // What needs no word about this fact comes first.
        let common = most.dropFirst().reduce(most[0]) { diagram.both($0, $1) }
        let wanted = least.reduce(0) { diagram.either($0, $1) }
        var alternatives = cover(Bounds(least: diagram.both(wanted, common), most: common))
        let covered = union(alternatives)
        var rest = least.map { diagram.without($0, covered) }
        for value in 0..<count where rest[value] != 0 {
            for found in cover(Bounds(least: rest[value], most: most[value])) {
                let function = function(of: found)
                let values = (0..<count).filter { diagram.without(function, most[$0]) == 0 }
                for other in values { rest[other] = diagram.without(rest[other], function) }
                var alternative = found
                alternative.values[layer] = Set(values)
                alternative.counts[layer] = count
                alternatives.append(alternative)
            }
        }
        known[bounds] = alternatives
        return alternatives
    }

    private mutating func union(_ alternatives: [Alternative]) -> Int32 {
        var all: Int32 = 0
        for alternative in alternatives { all = diagram.either(all, function(of: alternative)) }
        return all
    }

    private mutating func function(of alternative: Alternative) -> Int32 {
        if let known = functions[alternative] { return known }
        var function: Int32 = 1
        for (layer, values) in alternative.values.sorted(by: { $0.key > $1.key }) {
            let count = alternative.counts[layer, default: 0]
            function = diagram.choice(layer, (0..<count).map { values.contains($0) ? function : 0 })
        }
        functions[alternative] = function
        return function
    }
}
