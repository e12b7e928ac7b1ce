import CanonicalEncoding

extension MarkingScanner {
    /// Reads owner and classification in the form of whichever ladder they fit.
    mutating func readHead(owner: LabelOwner?) throws(MarkingError) {
        let start = position
        var furthest = -1
        var failures: [(head: MarkingGrammar.Head, failure: Failure)] = []
        var best: (head: Int, word: Int, former: String?, owners: [LabelOwner], end: Int)?
        let first = start < end ? bytes[start] : 0
        for (index, head) in grammar.heads.enumerated() {
            position = start
            if let firstByte = head.firstByte, firstByte != first, best != nil { continue }
            switch attempt(head) {
            case .read(let word, let former, let owners):
                guard best.map({ position > $0.end }) ?? true else { continue }
                best = (index, word, former, owners, position)
            case .failed(let failure):
                if failure.offset > furthest { failures = [] }
                if failure.offset >= furthest { failures.append((head, failure)) }
                furthest = max(furthest, failure.offset)
            }
        }
        guard let best else {
            var seen: Set<String> = []
            let expectations = failures.map { describe($0.failure, $0.head) }.filter { seen.insert($0).inserted }
            throw error(at: furthest, expected: expectations.joined(separator: " or "), hint: .head)
        }
        head = best.head
        word = best.word
        position = best.end
        if let former = best.former {
            noteFormer(former, grammar.policy.ladders[head].words[word].phrase.banner)
        }
        if grammar.heads[head].ended[word] { noteValidity(grammar.policy.ladders[head].words[word]) }
        owners = best.owners.isEmpty ? try impliedOwner(owner, at: start) : best.owners
    }

    /// Says of a word that is no longer given since when, and what took its place.
    private mutating func noteValidity(_ word: ClassificationWord) {
        guard let until = word.validity.until else { return }
        var note = "`\(word.phrase.banner)` was given until \(until.date)"
        let words = grammar.policy.ladders[head].words
        if let successor = words.first(where: { $0.classification == word.successor }) {
            note += ", `\(successor.phrase.banner)` took its place"
        }
        notes.append(note)
    }

    private enum Attempt {
        case read(word: Int, former: String?, owners: [LabelOwner])
        case failed(Failure)
    }

    /// Where a form did not fit and what it wants there; put into words only when every form has failed.
    private struct Failure {
        let offset: Int
        let part: HeadForm.Part
        var isRepetition = false
    }

    private mutating func attempt(_ head: MarkingGrammar.Head) -> Attempt {
        var word = 0
        var former: String?
        var owners: [LabelOwner] = []
        for (index, part) in head.form.parts.enumerated() {
            switch part {
            case .text(let text):
                guard readText(text) else {
                    let next = text == " " ? head.form.parts.dropFirst(index + 1).first : nil
                    return .failed(Failure(offset: position, part: next ?? part))
                }
            case .word:
                guard let match = head.words.longestMatch(in: bytes, from: position), match.end <= end else {
                    return .failed(Failure(offset: position, part: part))
                }
                (word, former) = head.spellings[match.value]
                position = match.end
            case .owner:
                guard let match = head.ownerTrie.longestMatch(in: bytes, from: position), match.end <= end else {
                    return .failed(Failure(offset: position, part: part))
                }
                owners = [head.owners[match.value]]
                position = match.end
            case .owners:
                if let failure = readOwners(head, &owners) { return failure }
            }
        }
        return .read(word: word, former: former, owners: owners)
    }

    private mutating func readOwners(_ head: MarkingGrammar.Head, _ owners: inout [LabelOwner]) -> Attempt? {
        while let match = head.ownerTrie.longestMatch(in: bytes, from: position), match.end <= end {
            let owner = head.owners[match.value]
            guard !owners.contains(owner) else {
                return .failed(Failure(offset: position, part: .owners, isRepetition: true))
            }
            owners.append(owner)
            position = match.end
            let afterOwner = position
            skipSpaces()
            if position < end, bytes[position] == UInt8(ascii: ",") {
                position += 1
                skipSpaces()
            }
            if head.ownerTrie.longestMatch(in: bytes, from: position) == nil {
                // What follows is for others to read, or to refuse.
                position = afterOwner
                break
            }
        }
        guard owners.count > 1 else {
            skipSpaces()
            return .failed(Failure(offset: position, part: .owners))
        }
        owners.sort()
        return nil
    }

    /// Reads text of a form: one space stands for any number, and after `/` there may be some.
    private mutating func readText(_ text: String) -> Bool {
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: " ") {
                guard position < end, bytes[position] == byte else { return false }
                skipSpaces()
            } else {
                if previous == UInt8(ascii: "/"), byte != previous { skipSpaces() }
                guard position < end, bytes[position] == byte else { return false }
                position += 1
            }
            previous = byte
        }
        if previous == UInt8(ascii: "/") { skipSpaces() }
        return true
    }

    private func impliedOwner(_ given: LabelOwner?, at offset: Int) throws(MarkingError) -> [LabelOwner] {
        if grammar.policy.leavesOwnerOut, let given { return [given] }
        let implied = grammar.heads[head].impliedOwners
        guard !implied.isEmpty else { throw error(at: offset, expected: "a marking that names its owner") }
        return implied
    }

    private func describe(_ failure: Failure, _ head: MarkingGrammar.Head) -> String {
        if failure.isRepetition { return "an owner's code that is not named yet" }
        return switch failure.part {
        case .text(let text): "`\(text)`"
        case .word: words(of: head)
        case .owner: "an owner's code"
        case .owners: "the codes of two or more owners"
        }
    }

    private func words(of head: MarkingGrammar.Head) -> String {
        let words = grammar.policy.ladders[head.ladder].words
            .filter { $0.validity.until == nil }
            .map { form == .portion ? $0.phrase.portion : $0.phrase.banner }
        return "a classification (\(words.joined(separator: ", ")))"
    }
}
