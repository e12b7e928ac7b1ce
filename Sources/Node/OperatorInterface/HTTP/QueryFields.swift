import HummingbirdCore

/// The fields of a request's query, each taken once; what is left over is an error.
struct QueryFields {
    private var fields: [(name: String, value: String)]

    init(_ request: Request) {
        fields = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
    }

    /// All values of a field, in their order.
    mutating func all(_ name: String) -> [String] {
        defer { fields.removeAll { $0.name == name } }
        return fields.filter { $0.name == name }.map(\.value)
    }

    /// The value of a field that stands there at most once.
    mutating func one(_ name: String) throws(OperatorProblem) -> String? {
        let values = all(name)
        guard values.count <= 1 else { throw .malformed("expected `\(name)` at most once, got \(values.count)") }
        return values.first
    }

    /// The value of a field, read by `read`; `expected` says what is meant when it gives nil.
    mutating func one<Value>(
        _ name: String,
        expected: String,
        _ read: (String) -> Value?
    ) throws(OperatorProblem) -> Value? {
        guard let text = try one(name) else { return nil }
        guard let value = read(text) else { throw .malformed("`\(name)`: expected \(expected), got `\(text)`") }
        return value
    }

    /// Refuses fields that nobody took.
    func finish() throws(OperatorProblem) {
        if let field = fields.first { throw .malformed("unknown query field `\(field.name)`") }
    }
}
