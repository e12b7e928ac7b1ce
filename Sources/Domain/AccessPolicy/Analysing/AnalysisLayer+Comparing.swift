import CanonicalEncoding
import SecurityLabels

extension AnalysisLayer {
    /// The facts of requests to two policies, by the names that either has, and what each value is called.
    static func layers(
        of old: PolicyTables,
        and new: PolicyTables
    ) -> (layers: [AnalysisLayer], names: [[String]], subjects: [String]) {
        var layers: [AnalysisLayer] = []
        var names: [[String]] = []
        var subjects: [String] = []
        let sides = [old, new]
        func add(_ kind: Kind, _ values: [[Int]], _ words: [String], _ subject: String) {
            layers.append(AnalysisLayer(kind: kind, values: values))
            names.append(words)
            subjects.append(subject)
        }
        func union<Name>(_ numbered: (PolicyIndex) -> Numbered<Name>) -> [Name] {
            Set(sides.flatMap { numbered($0.index).names }).sorted()
        }
        func numbers<Name>(_ name: Name, _ numbered: (PolicyIndex) -> Numbered<Name>) -> [Int] {
            sides.map { numbered($0.index).number(of: name) ?? -1 }
        }
        func named<Name>(_ axis: Axis, _ subject: String, _ numbered: (PolicyIndex) -> Numbered<Name>) {
            let all = union(numbered)
            let none = sides.map { numbered($0.index).count }
            add(
                .axis(axis),
                [none] + all.map { numbers($0, numbered) },
                ["none"] + all.map(\.description),
                subject
            )
        }
        func carried<Name>(_ axis: CarriedAxis, _ numbered: (PolicyIndex) -> Numbered<Name>) {
            let all = union(numbered)
            for (place, name) in all.enumerated() {
                let kind = Kind.carried(axis, isFirst: place == 0, isLast: place == all.count - 1)
                let value = numbers(name, numbered)
                add(kind, [value, value], ["without", "with"], name.description)
            }
        }

        // One stretch for each moment at which either policy changes.
        let starts = Set(sides.flatMap { side in (1..<max(1, side.times.count)).map { side.times.moment(in: $0) } })
            .sorted()
        let moments = [Timestamp(millisecondsSinceEpoch: .min)] + starts
        let stretches = moments.map { moment in sides.map { $0.times.stretch(at: moment) } }
        let days = moments.indices.map { place in
            let last = place + 1 < moments.count ? moments[place + 1].adding(seconds: -DateSpan.day).date : nil
            switch (place, last) {
            case (0, nil): return "any day"
            case (0, let last?): return "until \(last)"
            case (_, nil): return "from \(moments[place].date)"
            case (_, let last?): return "\(moments[place].date) until \(last)"
            }
        }
        let rows = Set(stretches.map { stretch in zip(sides, stretch).map { Int($0.facts.rankRows[$1]) } })
            .sorted { $0.lexicographicallyPrecedes($1) }
        let words = union(\.classifications)
        let wordValues = rows.flatMap { row in
            words.map { word in
                zip(zip(sides, row), numbers(word, \.classifications)).map { side, number in
                    number < 0 ? -1 : side.1 * side.0.index.classifications.count + number
                }
            }
        }
        add(.word, wordValues, rows.flatMap { _ in words.map(\.rawValue) }, "classification")
        named(.type, "type", \.types)
        named(.community, "community", \.communities)
        carried(.compartments, \.compartments)
        carried(.caveats, \.caveats)
        func same(_ axis: Axis, _ subject: String) {
            let values = 0..<old.index.count(of: axis)
            add(.axis(axis), values.map { [$0, $0] }, values.map { old.index.name(of: $0, on: axis) }, subject)
        }
        same(.releasability, "releasability")
        same(.precedence, "precedence")
        same(.link, "link")
        func length(_ axis: Axis, _ subject: String, _ index: (PolicyIndex) -> DurationIndex) {
            let indices = sides.map { index($0.index) }
            let lengths = Set(indices.flatMap { side in (0..<side.count).map { side.length(in: $0) } }).sorted()
            let values = lengths.map { length in indices.map { $0.stretch(of: length) } } + [indices.map(\.count)]
            let isOne = lengths.count == 1
            add(
                .axis(axis),
                values,
                lengths.map { isOne ? "any" : "such as \(DurationSet.text($0))" } + ["not known"],
                subject
            )
        }
        length(.age, "age", \.ages)
        length(.expiry, "time to expiry", \.expiries)
        add(.axis(.stretch), stretches, days, "days")
        return (layers, names, subjects)
    }
}
