import CanonicalEncoding

/// How a change of policy ended, for people.
enum PolicyChangeText {
    static func print(_ answer: JSONValue, json: Bool) throws(CommandFailure) {
        let terminal = Terminal.current
        if json { return try terminal.print(json: answer) }
        guard let policy = answer["policy"]?.stringValue, let outcome = answer["outcome"]?.stringValue else {
            throw CommandFailure(
                "the node's answer is not understood",
                next: "see that command and node are of the same release"
            )
        }
        guard outcome == "changed" else { return try terminal.print("already in force: \(policy)") }
        try terminal.print("in force: \(policy)")
        if let previous = answer["previous"]?.stringValue { try terminal.print("  before    \(previous)") }
        let officers = (answer["approvals"]?.arrayValue ?? []).compactMap { $0["officer"]?.stringValue }
        try terminal.print(
            "  approved  \(officers.isEmpty ? "by nobody, as nobody need" : officers.joined(separator: ", "))"
        )
        guard let changes = answer["changes"] else { return }
        for kind in ["added", "removed", "changed"] {
            let rules = (changes[kind]?.arrayValue ?? []).compactMap(\.stringValue)
            guard !rules.isEmpty else { continue }
            let word = kind + String(repeating: " ", count: 10 - kind.count)
            try terminal.print("  \(word)\(rules.joined(separator: ", "))")
        }
        let opening = changes["flows-opening"]?.integerValue ?? 0
        let closing = changes["flows-closing"]?.integerValue ?? 0
        try terminal.print("  flows     \(opening) open, \(closing) close")
    }
}
