extension YAMLItem {
    /// The text here, read by `parse`; what it throws becomes an error with this place.
    package func value<Value, Failure: Error>(
        _ what: String,
        _ parse: (String) throws(Failure) -> Value
    ) throws(YAMLError) -> Value {
        let text = try text(what)
        do {
            return try parse(text)
        } catch {
            throw self.error("expected \(what): \(error)")
        }
    }

    /// The whole number here.
    package func integer(_ what: String, in range: ClosedRange<Int>) throws(YAMLError) -> Int {
        let text = try text(what)
        guard let number = Int(text), String(number) == text, range.contains(number) else {
            throw error(
                "expected \(what), a whole number from \(range.lowerBound) to \(range.upperBound), got `\(text)`"
            )
        }
        return number
    }

    /// The word here, one of `choices`.
    package func choice<Value>(_ what: String, _ choices: [(String, Value)]) throws(YAMLError) -> Value {
        let text = try text(what)
        guard let match = choices.first(where: { $0.0 == text }) else {
            let known = choices.map { "`\($0.0)`" }.joined(separator: ", ")
            throw error("expected \(what), one of \(known), got `\(text)`")
        }
        return match.1
    }
}
