extension MarkingScanner {
    /// Reads what follows the leading words of a category, such as the codes after `REL TO`.
    mutating func readLed(_ index: Int, from start: Int) throws(MarkingError) {
        let category = grammar.categories[index]
        skipSpaces()
        if category.set.isOpen, category.set.codes == nil {
            let offset = position
            let lead = category.set.lead?.banner ?? category.set.name
            // In second place such a name would be read as the word that it looks like.
            if let match = grammar.items.longestMatch(in: bytes, from: offset), match.end <= end {
                let policy = grammar.policy.name
                throw error(at: offset, expected: "a name after `\(lead)` that is no other word of \(policy)")
            }
            guard let name = readProgram(below: category) else {
                throw error(at: offset, expected: "a word in capitals after `\(lead)`")
            }
            try takeOpen(name, in: index, at: start)
            if category.set.isNested { try readCompartments(below: name) }
            return
        }
        if category.set.mayStandBare, position >= end || !Self.isWordByte(bytes[position]) {
            guard let bare = category.set.lead.flatMap({ category.indices[$0.banner] }) else { return }
            return try take(index, bare, at: start)
        }
        try readCodes(index)
    }

    /// Reads the codes of a category, and the words that close the list.
    mutating func readCodes(_ index: Int) throws(MarkingError) {
        let category = grammar.categories[index]
        var count = 0
        var hasFirst = category.set.first == nil
        let listStart = position
        while true {
            let offset = position
            guard position < end, let match = category.codes.longestMatch(in: bytes, from: position), match.end <= end
            else {
                let after = category.set.lead.map { " after `\($0.banner)`" } ?? ""
                throw error(at: offset, expected: "a country's or group's code\(after)")
            }
            position = match.end
            count += 1
            try take(index, match.value, at: offset)
            if category.values[match.value].name == category.set.first { hasFirst = true }
            if !readBetween(category) { break }
        }
        guard hasFirst else {
            throw error(at: listStart, expected: "`\(category.set.first ?? "")` as the first code")
        }
        guard count >= category.set.least else {
            throw error(at: end > position ? position : end, expected: "at least \(category.set.least) codes")
        }
        guard let trail = category.set.trail else { return }
        skipSpaces()
        for byte in trail.utf8 {
            guard position < end, bytes[position] == byte else {
                throw error(at: position, expected: "another code, or `\(trail)` after the codes")
            }
            position += 1
            if byte == UInt8(ascii: " ") { skipSpaces() }
        }
        guard PhraseTrie.isBoundary(bytes, position) else {
            throw error(at: position, expected: "the end of `\(trail)`")
        }
    }

    /// Goes past what stands between two codes; false, with nothing read, when the list ends here.
    private mutating func readBetween(_ category: MarkingGrammar.Category) -> Bool {
        let afterCode = position
        skipSpaces()
        guard position < end else {
            position = afterCode
            return false
        }
        if bytes[position] == UInt8(ascii: ",") {
            position += 1
            skipSpaces()
            return true
        }
        if category.set.between == "/", bytes[position] == UInt8(ascii: "/"),
            position + 1 < end, bytes[position + 1] != UInt8(ascii: "/")
        {
            position += 1
            skipSpaces()
            return true
        }
        if position > afterCode, category.codes.longestMatch(in: bytes, from: position) != nil { return true }
        position = afterCode
        return false
    }

    /// Reads the name of a programme, which may be of several words: `BUTTER POPCORN` is held as `BUTTER.POPCORN`.
    mutating func readProgram(below category: MarkingGrammar.Category) -> String? {
        guard var name = readWord() else { return nil }
        while position + 1 < end, bytes[position] == UInt8(ascii: " "), Self.isWordByte(bytes[position + 1]) {
            position += 1
            guard let word = readWord() else { return nil }
            name += "." + word
        }
        return category.prefix + name
    }

    /// Reads compartments and sub-compartments: `-G ABCD DEFG-MMM` after `SI`.
    mutating func readCompartments(below name: String) throws(MarkingError) {
        guard let category = used.last?.category else { return }
        while position < end, bytes[position] == UInt8(ascii: "-") {
            let offset = position
            position += 1
            let compartmentStart = position
            guard let word = readWord() else {
                throw error(at: compartmentStart, expected: "a compartment of `\(name)`, in capitals and digits")
            }
            let compartment = name + "-" + word
            try takeOpen(compartment, in: category, at: offset + 1)
            while position + 1 < end, bytes[position] == UInt8(ascii: " ") {
                let before = position
                skipSpaces()
                let subcompartmentStart = position
                guard position < end, Self.isWordByte(bytes[position]) else {
                    position = before
                    break
                }
                guard let word = readWord() else {
                    throw error(at: subcompartmentStart, expected: "a sub-compartment of `\(compartment)`")
                }
                try takeOpen(compartment + "-" + word, in: category, at: subcompartmentStart)
            }
        }
    }
}
