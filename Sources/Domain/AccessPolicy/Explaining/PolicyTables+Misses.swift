import CanonicalEncoding

extension PolicyTables {
    /// The dimensions in which a request keeps a rule from holding, judged from origin to destination.
    func misses(_ rule: Int, _ values: RequestValues) -> [Dimension] {
        Dimension.allCases.filter { !vector(of: $0, values).contains(rule) }
    }

    /// The rules that one dimension of a request does not exclude.
    func vector(of dimension: Dimension, _ values: RequestValues) -> RuleVector {
        switch dimension.subject {
        case .axis(let axis):
            let table = dimensions[dimension.rawValue] ?? axes[axis.rawValue]
            let vectors = values.values(on: axis).map { table.vector(of: $0) }
            return vectors.count == 1 ? vectors[0] : rules.oneOrAll(vectors)
        case .carried(let axis):
            return carried[axis.rawValue].vector(carrying: values.carried(axis))
        }
    }
}
