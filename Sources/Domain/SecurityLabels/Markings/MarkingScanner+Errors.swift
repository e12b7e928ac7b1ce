extension MarkingScanner {
    /// What may be said besides about a token that is not known.
    enum Hint {
        case none
        case head
        case item
    }

    /// An error whose token is the text from the offset to the next separator.
    func error(at offset: Int, expected: String, hint: Hint = .none) -> MarkingError {
        let start = min(max(offset, 0), bytes.count)
        var tokenEnd = start
        while tokenEnd < bytes.count {
            let byte = bytes[tokenEnd]
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: ",") || (byte == UInt8(ascii: ")") && tokenEnd >= end)
            {
                break
            }
            if byte == UInt8(ascii: " "), grammar.spaceSeparator != nil, hint != .head { break }
            tokenEnd += 1
        }
        // What cannot be read may be the separator itself.
        if tokenEnd == start {
            while tokenEnd < bytes.count, bytes[tokenEnd] == bytes[start], tokenEnd < start + 2 { tokenEnd += 1 }
        }
        while tokenEnd > start, bytes[tokenEnd - 1] == UInt8(ascii: " ") { tokenEnd -= 1 }
        let token = String(decoding: bytes[start..<tokenEnd], as: UTF8.self)
        let column = String(decoding: bytes[..<start], as: UTF8.self).count + 1
        return MarkingError(token: token, column: column, expected: expected + capitals(instead: token, hint))
    }

    /// `, in capitals` with the right spelling, where only capitals are missing.
    private func capitals(instead token: String, _ hint: Hint) -> String {
        let capitals = token.uppercased()
        guard hint != .none, capitals != token else { return "" }
        var copy = capitals
        return copy.withUTF8 { bytes in
            let isKnown =
                hint == .head
                ? grammar.heads.contains { $0.words.longestMatch(in: bytes, from: 0)?.end == bytes.count }
                : grammar.items.longestMatch(in: bytes, from: 0)?.end == bytes.count
            return isKnown ? ", in capitals as `\(capitals)`" : ""
        }
    }

    func unknownItem(at offset: Int) -> MarkingError {
        guard !grammar.itemPhrases.isEmpty else {
            return error(at: offset, expected: "the end: \(grammar.policy.name) has nothing after the classification")
        }
        let token = error(at: offset, expected: "").token
        if let near = grammar.itemPhrases.first(where: { Self.isNear($0, token) }) {
            return error(at: offset, expected: "a value of \(grammar.policy.name) such as `\(near)`")
        }
        var seen: Set<String> = []
        let kinds = grammar.categories.map { category in category.set.lead.map { "`\($0.banner)`" } ?? category.set.name
        }
        .filter { seen.insert($0).inserted }
        return error(
            at: offset,
            expected: "a value of \(grammar.policy.name): \(kinds.joined(separator: ", "))",
            hint: .item
        )
    }

    /// Whether the texts differ by one letter more, less or other, or by two that changed places.
    private static func isNear(_ known: String, _ token: String) -> Bool {
        let left = Array(known.utf8)
        let right = Array(token.utf8)
        guard left.count > 3, left.first == right.first, abs(left.count - right.count) <= 1 else { return false }
        let same = zip(left, right).prefix { $0 == $1 }.count
        let leftRest = Array(left[same...])
        let rightRest = Array(right[same...])
        if leftRest.isEmpty || rightRest.isEmpty { return true }
        if leftRest.dropFirst() == rightRest.dropFirst() || leftRest[...] == rightRest.dropFirst()
            || leftRest.dropFirst() == rightRest[...]
        {
            return true
        }
        return leftRest.count == rightRest.count && leftRest.count > 1 && leftRest[0] == rightRest[1]
            && leftRest[1] == rightRest[0] && leftRest.dropFirst(2) == rightRest.dropFirst(2)
    }

    // MARK: - Combinations

    /// Refuses what may not stand together, at the value that demands or excludes.
    func checkConstraints() throws(MarkingError) {
        guard used.contains(where: { grammar.categories[$0.category].isConstrained }) else { return }
        let uses = used.map { LabelRules.Use(category: $0.category, value: $0.value) }
        guard let violation = LabelRules.violation(grammar, word: grammar.heads[head].classifications[word], uses)
        else {
            return
        }
        throw error(at: used[violation.use].offset, expected: violation.expected)
    }
}
