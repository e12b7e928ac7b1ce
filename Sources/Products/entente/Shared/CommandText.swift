/// Commands as they are typed, for messages that say what to run next.
enum CommandText {
    /// This very command with other values of these options.
    static func again(
        _ options: KeyValuePairs<String, String>,
        arguments: [String] = Array(CommandLine.arguments.dropFirst())
    ) -> String {
        var words = ["entente"]
        var rest = arguments[...]
        let names = options.map(\.key)
        while let word = rest.popFirst() {
            if names.contains(word) {
                rest = rest.dropFirst()
            } else if !names.contains(where: { word.hasPrefix("\($0)=") }) {
                words.append(quoted(word))
            }
        }
        for (name, value) in options { words += [name, quoted(value)] }
        return words.joined(separator: " ")
    }

    /// The word in quotes where a shell would take it for something else.
    static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._:/,@%+=".utf8.contains(byte)
            }
        }
        guard !isPlain || word.isEmpty else { return word }
        let parts = word.split(separator: "'", omittingEmptySubsequences: false)
        return "'\(parts.joined(separator: "'\\''"))'"
    }
}
