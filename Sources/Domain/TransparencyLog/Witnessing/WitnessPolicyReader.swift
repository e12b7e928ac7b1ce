extension WitnessPolicy {
    /// The policy that a text states.
    ///
    /// - Throws: ``WitnessPolicyError`` for the first line that is wrong.
    public init(parsing text: [UInt8]) throws(WitnessPolicyError) {
        var reader = WitnessPolicyReader()
        self = try reader.read(text)
    }
}

/// Reads a policy line by line, each against the names that stand before it.
private struct WitnessPolicyReader {
    private var logs: [WitnessPolicy.Log] = []
    private var witnesses: [WitnessPolicy.Witness] = []
    private var groups: [WitnessPolicy.Group] = []
    private var quorum: PolicyWord??
    private var names: Set<PolicyWord> = []
    private var members: Set<PolicyWord> = []
    private var logKeys: Set<[UInt8]> = []
    private var witnessKeys: Set<[UInt8]> = []
    private var line = 1

    private static let none = PolicyWord(checked: Array("none".utf8))

    mutating func read(_ text: [UInt8]) throws(WitnessPolicyError) -> WitnessPolicy {
        guard text.count <= WitnessPolicy.maximumByteCount else {
            throw error("expected at most \(WitnessPolicy.maximumByteCount) bytes, got \(text.count)")
        }
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let isEnded = lines.popLast()?.isEmpty == true
        for content in lines {
            try read(line: content)
            line += 1
        }
        guard isEnded else { throw error("expected a newline at the end of the last line") }
        guard let quorum else { throw error("expected a `quorum` line, got none: add one, `quorum none` at least") }
        return WitnessPolicy(logs: logs, witnesses: witnesses, groups: groups, quorum: quorum)
    }

    private func error(_ message: String) -> WitnessPolicyError { WitnessPolicyError(line: line, message) }

    private mutating func read(line content: ArraySlice<UInt8>) throws(WitnessPolicyError) {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        if let control = content.first(where: { ($0 < 0x20 && $0 != UInt8(ascii: "\t")) || $0 == 0x7f }) {
            throw error("expected no control characters other than tab and newline, got the byte \(control)")
        }
        var words = content.split(whereSeparator: isSpace).map { PolicyWord(checked: Array($0)) }[...]
        guard let keyword = words.popFirst(), keyword.bytes.first != UInt8(ascii: "#") else { return }
        switch keyword.description {
        case "log": try readLog(Array(words))
        case "witness": try readWitness(Array(words))
        case "group": try readGroup(Array(words))
        case "quorum": try readQuorum(Array(words))
        default: throw error("expected `log`, `witness`, `group` or `quorum`, got `\(keyword)`")
        }
    }

    private mutating func readLog(_ words: [PolicyWord]) throws(WitnessPolicyError) {
        guard (1...2).contains(words.count) else {
            throw error("expected `log KEY [URL]`, got \(words.count) words after `log`")
        }
        let key: NoteVerifier
        do { key = try NoteVerifier(verifierKey: text(words[0])) } catch { throw refusal(error) }
        guard logKeys.insert(key.rawPublicKey).inserted else {
            throw error("the log `\(key.name)` has the public key of another log: remove one of them")
        }
        logs.append(WitnessPolicy.Log(key: key, url: words.dropFirst().first))
    }

    private mutating func readWitness(_ words: [PolicyWord]) throws(WitnessPolicyError) {
        guard (2...3).contains(words.count) else {
            throw error("expected `witness NAME KEY [URL]`, got \(words.count) words after `witness`")
        }
        let key: CosignatureVerifier
        do { key = try CosignatureVerifier(verifierKey: text(words[1])) } catch { throw refusal(error) }
        try define(words[0])
        guard witnessKeys.insert(key.rawPublicKey).inserted else {
            throw error("the witness `\(words[0])` has the public key of another witness: remove one of them")
        }
        witnesses.append(WitnessPolicy.Witness(name: words[0], key: key, url: words.dropFirst(2).first))
    }

    private mutating func readGroup(_ words: [PolicyWord]) throws(WitnessPolicyError) {
        guard words.count >= 3 else {
            throw error("expected `group NAME all|any|NUMBER MEMBER...`, got \(words.count) words after `group`")
        }
        let list = Array(words.dropFirst(2))
        let threshold: Int
        switch words[1].description {
        case "all": threshold = list.count
        case "any": threshold = 1
        default:
            guard let number = CanonicalDecimal.parse(words[1].bytes), number >= 1, number <= UInt64(list.count) else {
                throw error("expected `all`, `any` or a number from 1 to \(list.count), got `\(words[1])`")
            }
            threshold = Int(number)
        }
        for member in list {
            try checkKnown(member)
            guard members.insert(member).inserted else {
                throw error("`\(member)` is a member already: each may count in one group only, remove one")
            }
        }
        try define(words[0])
        groups.append(WitnessPolicy.Group(name: words[0], threshold: threshold, members: list))
    }

    private mutating func readQuorum(_ words: [PolicyWord]) throws(WitnessPolicyError) {
        guard words.count == 1 else {
            throw error("expected `quorum NAME`, got \(words.count) words after `quorum`")
        }
        guard quorum == nil else { throw error("expected one `quorum` line, got another: keep one") }
        guard words[0] != Self.none else {
            quorum = .some(nil)
            return
        }
        try checkKnown(words[0])
        quorum = .some(words[0])
    }

    private mutating func define(_ name: PolicyWord) throws(WitnessPolicyError) {
        guard name != Self.none else { throw error("`none` means no witness: choose another name") }
        guard names.insert(name).inserted else { throw error("`\(name)` is defined already: rename one of them") }
    }

    private func checkKnown(_ name: PolicyWord) throws(WitnessPolicyError) {
        guard names.contains(name) else {
            throw error("expected a witness or group that is defined on a line before, got `\(name)`")
        }
    }

    private func text(_ word: PolicyWord) throws(NoteError) -> String {
        guard let text = String(validating: word.bytes, as: UTF8.self) else {
            throw .malformedVerifierKey(reason: "expected valid UTF-8")
        }
        return text
    }

    private func refusal(_ reason: NoteError) -> WitnessPolicyError { error("\(reason)") }
}
