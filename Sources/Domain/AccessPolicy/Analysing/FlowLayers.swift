import CanonicalEncoding
import SecurityLabels

/// The facts of a flow that are left open once its ends are known, for one policy or for two that are compared, with what
/// each fact and its values are called.
///
/// Age and time to expiry are always known of a message that flows, so that there is no value for not knowing them.
struct FlowLayers {
    let layers: [AnalysisLayer]
    private var facts: [FlowFact] = []

    /// How the values of one fact are put into words.
    struct FlowFact {
        let subject: FlowCondition.Subject
        let names: [String]
        let scale: Scale

        /// The value that a label fixes; nil where it leaves it open.
        func value(in label: ConfidentialityLabel) -> Int? {
            switch subject {
            case .classification: names.firstIndex(of: label.classification.rawValue)
            case .type: label.type.flatMap { names.firstIndex(of: $0.rawValue) }
            case .community: label.community.flatMap { names.firstIndex(of: $0.rawValue) }
            case .compartments: label.compartments.contains { $0.rawValue == names[0] } ? 1 : 0
            case .caveats: label.caveats.contains { $0.rawValue == names[0] } ? 1 : 0
            case .releasability:
                names.firstIndex(
                    of: (label.releasableTo == nil ? StatedReleasability.unstated : .named).rawValue
                )
            case .step, .holderNode, .recipientNode, .mailbox, .level, .precedence, .link, .age, .expiry, .days: nil
            }
        }
    }

    /// What values that follow each other on a scale are called together.
    enum Scale {
        case none
        case ranks
        /// The bounds between the lengths of time.
        case lengths([Int64])
        /// The moments at which stretches of days begin.
        case days([Timestamp])
    }

    /// - Parameters:
    ///   - time: The one time to look at; all times when nil.
    ///   - label: The one label to look at, with any type or community where it states none; all labels when nil.
    init(_ sides: [PolicyTables], at time: Timestamp? = nil, fixing label: ConfidentialityLabel? = nil) {
        var layers: [AnalysisLayer] = []
        var facts: [FlowFact] = []
        func add(_ kind: AnalysisLayer.Kind, _ values: [[Int]], rows: [Int32] = [], _ fact: FlowFact) {
            layers.append(AnalysisLayer(kind: kind, values: values, rows: rows))
            facts.append(fact)
        }
        func union<Name>(_ numbered: (PolicyIndex) -> Numbered<Name>) -> [Name] {
            Set(sides.flatMap { numbered($0.index).names }).sorted()
        }
        func numbers<Name>(_ name: Name, _ numbered: (PolicyIndex) -> Numbered<Name>) -> [Int] {
            sides.map { numbered($0.index).number(of: name) ?? -1 }
        }
        func named<Name>(
            _ axis: Axis,
            _ subject: FlowCondition.Subject,
            _ numbered: (PolicyIndex) -> Numbered<Name>
        ) {
            let all = union(numbered)
            add(
                .axis(axis),
                [sides.map { numbered($0.index).count }] + all.map { numbers($0, numbered) },
                FlowFact(subject: subject, names: [FlowCondition.none] + all.map(\.description), scale: .none)
            )
        }
        func carried<Name>(
            _ axis: CarriedAxis,
            _ subject: FlowCondition.Subject,
            _ numbered: (PolicyIndex) -> Numbered<Name>
        ) {
            let all = union(numbered)
            for (place, name) in all.enumerated() {
                let kind = AnalysisLayer.Kind.carried(axis, isFirst: place == 0, isLast: place == all.count - 1)
                let value = numbers(name, numbered)
                add(kind, [value, value], FlowFact(subject: subject, names: [name.description], scale: .none))
            }
        }

        // One stretch for each moment at which a policy changes.
        let starts = Set(sides.flatMap { side in (1..<max(1, side.times.count)).map { side.times.moment(in: $0) } })
            .sorted()
        let moments = time.map { [$0] } ?? [Timestamp(millisecondsSinceEpoch: .min)] + starts
        let stretches = moments.map { moment in sides.map { $0.times.stretch(at: moment) } }
        let stretchRows = stretches.map { stretch in zip(sides, stretch).map { Int($0.facts.rankRows[$1]) } }
        let rows = Set(stretchRows).sorted { $0.lexicographicallyPrecedes($1) }
        let words = union(\.classifications)
        let wordValues = rows.flatMap { row in
            words.map { word in
                zip(zip(sides, row), numbers(word, \.classifications)).map { side, number in
                    number < 0 ? -1 : side.1 * side.0.index.classifications.count + number
                }
            }
        }
        let wordNames = rows.flatMap { _ in words.map(\.rawValue) }
        add(
            .word,
            wordValues,
            rows: rows.indices.flatMap { row in words.map { _ in Int32(row) } },
            FlowFact(subject: .classification, names: wordNames, scale: .none)
        )
        named(.type, .type, \.types)
        named(.community, .community, \.communities)
        carried(.compartments, .compartments, \.compartments)
        carried(.caveats, .caveats, \.caveats)
        func same(_ axis: Axis, _ subject: FlowCondition.Subject, _ scale: Scale) {
            let values = 0..<sides[0].index.count(of: axis)
            let names = values.map { sides[0].index.name(of: $0, on: axis) }
            add(
                .axis(axis),
                values.map { value in sides.map { _ in value } },
                FlowFact(subject: subject, names: names, scale: scale)
            )
        }
        same(.releasability, .releasability, .none)
        same(.precedence, .precedence, .ranks)
        same(.link, .link, .ranks)
        func length(_ axis: Axis, _ subject: FlowCondition.Subject, _ index: (PolicyIndex) -> DurationIndex) {
            let indices = sides.map { index($0.index) }
            let bounds = Set(indices.flatMap { side in (0..<side.count - 1).map { side.length(in: $0) } }).sorted()
            let lengths = bounds + [bounds.last.map { $0 + 1 } ?? 0]
            add(
                .axis(axis),
                lengths.map { length in indices.map { $0.stretch(of: length) } },
                FlowFact(subject: subject, names: lengths.map { _ in "" }, scale: .lengths(bounds))
            )
        }
        length(.age, .age, \.ages)
        length(.expiry, .expiry, \.expiries)
        let days = FlowFact(subject: .days, names: moments.map { _ in "" }, scale: .days(moments))
        add(.axis(.stretch), stretches, rows: stretchRows.map { Int32(rows.firstIndex(of: $0) ?? 0) }, days)
        if let label {
            for (place, fact) in facts.enumerated() { layers[place].fixed = fact.value(in: label) }
        }
        self.layers = layers
        self.facts = facts
    }

    /// The layer of a fact.
    func place(of axis: Axis) -> Int? {
        layers.firstIndex { $0.kind == .axis(axis) }
    }

    /// What a layer is about; for a name that may be carried also which.
    func fact(of layer: Int) -> FlowFact { facts[layer] }

    /// Some of the values of a layer in words, lengths of time and days that follow each other together.
    func words(_ layer: Int, _ values: Set<Int>) -> [String] {
        let fact = facts[layer]
        switch fact.scale {
        case .none, .ranks:
            var names: [String] = []
            for value in values.sorted() where !names.contains(fact.names[value]) { names.append(fact.names[value]) }
            return names
        case .lengths(let bounds):
            return Self.runs(values).map { run in
                let over = run.lowerBound == 0 ? nil : "over \(DurationSet.text(bounds[run.lowerBound - 1]))"
                let within =
                    run.upperBound == bounds.count ? nil : "up to \(DurationSet.text(bounds[run.upperBound]))"
                return [over, within].compactMap(\.self).joined(separator: " ")
            }
        case .days(let moments):
            return Self.runs(values).map { run in
                let last = run.upperBound + 1
                let from = run.lowerBound == 0 ? nil : "from \(moments[run.lowerBound].date)"
                let until =
                    last == moments.count ? nil : "until \(moments[last].adding(seconds: -DateSpan.day).date)"
                return [from, until].compactMap(\.self).joined(separator: " ")
            }
        }
    }

    /// The values of a layer with a scale as a stretch of it.
    func stretch(_ layer: Int, _ values: Set<Int>) -> String? {
        guard case .ranks = facts[layer].scale else { return nil }
        return RankSet(values).words(facts[layer].names)
    }

    /// The values as runs of such as follow each other.
    private static func runs(_ values: Set<Int>) -> [ClosedRange<Int>] {
        var runs: [ClosedRange<Int>] = []
        for value in values.sorted() {
            if let last = runs.last, last.upperBound == value - 1 {
                runs[runs.count - 1] = last.lowerBound...value
            } else {
                runs.append(value...value)
            }
        }
        return runs
    }
}
