/// A policy as tables of numbers; made once, never changed.
final class PolicyTables: Sendable {
    let policy: Policy
    private let memory: TableMemory
    let index: PolicyIndex
    let times: TimeIndex
    let ages: DurationIndex
    let expiries: DurationIndex
    let rules: RuleSet
    /// The number of the policy's own name among the label policies.
    let ownPolicy: Int?
    let facts: FactTables
    /// Every dimension that looks at an axis, by its raw value; nil for those that look at sets.
    let dimensions: [RuleTable?]
    /// Every axis by its raw value: the rules that none of its dimensions excludes.
    let axes: [RuleTable]
    /// Every axis of sets by its raw value.
    let carried: [CarriedTable]
    let rows: RuleRows
    let markings: MarkingTable
    let labelLayout: LabelLayout

    init(_ policy: Policy) {
        let memory = TableMemory()
        self.memory = memory
        let index = PolicyIndex(policy, memory)
        times = index.times
        ages = index.ages
        expiries = index.expiries
        let rules = RuleSet(policy)
        self.policy = policy
        self.index = index
        self.rules = rules
        ownPolicy = index.policies.number(of: policy.name)
        facts = FactTables(index, memory)
        let dimensions: [RuleTable?] = Dimension.allCases.map { dimension in
            switch dimension.subject {
            case .axis(let axis): RuleTable(dimension, on: axis, index, rules)
            case .carried: nil
            }
        }
        self.dimensions = dimensions
        axes = Axis.allCases.map { axis in RuleTable(axis.dimensions.compactMap { dimensions[$0.rawValue] }) }
        carried = CarriedAxis.allCases.map { axis in
            switch axis {
            case .compartments: CarriedTable(index.compartments.names, rules, \.compartments)
            case .caveats: CarriedTable(index.caveats.names, rules, \.caveats)
            }
        }
        rows = RuleRows(axes, carried, rules, memory)
        markings = MarkingTable(index, memory)
        labelLayout = LabelLayout(index, rules)
    }

    /// The rules that a value of an axis does not exclude, by all dimensions that look at it.
    func vector(of value: Int, on axis: Axis) -> RuleVector { axes[axis.rawValue].vector(of: value) }

    /// The rules that a value of an axis does not exclude, by one dimension alone.
    func vector(of value: Int, in dimension: Dimension) -> RuleVector? {
        dimensions[dimension.rawValue]?.vector(of: value)
    }
}
