extension MarkingScanner {
    /// An error whose token is the text from the offset to the next separator.
    func error(at offset: Int, expected: String, isHead: Bool = false) -> MarkingError {
        let start = min(max(offset, 0), bytes.count)
        var tokenEnd = start
        while tokenEnd < bytes.count {
            let byte = bytes[tokenEnd]
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: ",") || (byte == UInt8(ascii: ")") && tokenEnd >= end)
            {
                break
            }
            if byte == UInt8(ascii: " "), grammar.spaceSeparator != nil, !isHead { break }
            tokenEnd += 1
        }
        // What cannot be read may be the separator itself.
        if tokenEnd == start {
            while tokenEnd < bytes.count, bytes[tokenEnd] == bytes[start], tokenEnd < start + 2 { tokenEnd += 1 }
        }
        while tokenEnd > start, bytes[tokenEnd - 1] == UInt8(ascii: " ") { tokenEnd -= 1 }
        let token = String(decoding: bytes[start..<tokenEnd], as: UTF8.self)
        let column = String(decoding: bytes[..<start], as: UTF8.self).count + 1
        return MarkingError(token: token, column: column, expected: expected + capitals(instead: token, isHead: isHead))
    }

    /// `, in capitals` with the right spelling, where only capitals are missing.
    private func capitals(instead token: String, isHead: Bool) -> String {
        let capitals = token.uppercased()
        guard capitals != token else { return "" }
        var copy = capitals
        return copy.withUTF8 { bytes in
            let isKnown =
                isHead
                ? grammar.heads.contains { $0.words.longestMatch(in: bytes, from: 0)?.end == bytes.count }
                : grammar.items.longestMatch(in: bytes, from: 0)?.end == bytes.count
            return isKnown ? ", in capitals as `\(capitals)`" : ""
        }
    }

    func unknownItem(at offset: Int) -> MarkingError {
        let kinds = grammar.categories.map { category in category.set.lead.map { "`\($0.banner)`" } ?? category.set.name
        }
        var seen: Set<String> = []
        let known = kinds.filter { seen.insert($0).inserted }
        let expected =
            known.isEmpty ? "the end: \(grammar.policy.name) has nothing after the classification" : list(known)
        return error(at: offset, expected: expected)
    }

    private func list(_ kinds: [String]) -> String {
        "a value of \(grammar.policy.name): " + kinds.joined(separator: ", ")
    }

    // MARK: - Combinations

    /// Refuses what may not stand together, at the value that demands or excludes.
    func checkConstraints() throws(MarkingError) {
        guard !used.isEmpty else { return }
        let ladder = grammar.policy.ladders[head]
        let uses = used.map { LabelRules.Use(category: $0.category, value: $0.value) }
        guard let violation = LabelRules.violation(grammar, word: ladder.words[word].classification, uses) else {
            return
        }
        throw error(at: used[violation.use].offset, expected: violation.expected)
    }
}
