extension LabelPolicySet {
    /// Reads a marking of one policy, in banner or portion form.
    ///
    /// - Parameters:
    ///   - policy: The label policy that the marking is written under.
    ///   - owner: Whose information it is, for policies whose markings leave that out, such as TLP; others ignore it.
    /// - Throws: `MarkingError` with the first text that cannot be read, its column and what was expected.
    public func read(
        _ marking: String,
        policy: LabelPolicyName,
        owner: LabelOwner? = nil
    ) throws(MarkingError) -> ReadMarking {
        guard let grammar = grammar(policy) else {
            let known = policies.map(\.name.rawValue).joined(separator: ", ")
            throw MarkingError(token: policy.rawValue, column: 1, expected: "a known label policy (\(known))")
        }
        return try Self.read(marking, by: grammar, owner: owner)
    }

    /// Reads a marking when it is not known under which policy it is written: exactly one must be able to read it, or of
    /// those that can, exactly one must write it just so.
    /// - Throws: `MarkingError` when none or several can.
    public func read(_ marking: String, owner: LabelOwner? = nil) throws(MarkingError) -> ReadMarking {
        var readings: [ReadMarking] = []
        var furthest: MarkingError?
        for grammar in grammars {
            do {
                readings.append(try Self.read(marking, by: grammar, owner: owner))
            } catch {
                if furthest.map({ error.column > $0.column }) ?? true { furthest = error }
            }
        }
        if readings.count == 1 { return readings[0] }
        // A policy that merely tolerates a spelling yields to the one whose spelling it is.
        let own = readings.filter { reading in
            do { return try self.marking(reading.label, form: reading.form) == marking } catch { return false }
        }
        if own.count == 1 { return own[0] }
        guard let furthest, readings.isEmpty else {
            let names = readings.map(\.label.policy.rawValue).joined(separator: ", ")
            throw MarkingError(token: marking, column: 1, expected: "a marking of one policy, this is one of \(names)")
        }
        if furthest.column > 1 { throw furthest }
        let known = policies.map(\.name.rawValue).joined(separator: ", ")
        throw MarkingError(token: furthest.token, column: 1, expected: "a marking of \(known)")
    }

    private static func read(
        _ marking: String,
        by grammar: MarkingGrammar,
        owner: LabelOwner?
    ) throws(MarkingError) -> ReadMarking {
        func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<ReadMarking, MarkingError> {
            var scanner = MarkingScanner(grammar: grammar, bytes: bytes)
            do throws(MarkingError) {
                return .success(try scanner.scan(owner: owner))
            } catch {
                return .failure(error)
            }
        }
        // The scanner lives inside the closure only, so the bytes outlive it.
        if let result = marking.utf8.withContiguousStorageIfAvailable(scan) { return try result.get() }
        return try Array(marking.utf8).withUnsafeBufferPointer(scan).get()
    }
}
