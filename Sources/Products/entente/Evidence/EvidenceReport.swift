import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import RelayStorage
import TransparencyLog

/// What a file of evidence proves, and what it does not.
struct EvidenceReport: Sendable {
    /// How far a statement is proven. Raw values are those of the JSON and never change.
    enum Standing: String, Sendable, CaseIterable {
        /// Under roots that whoever verifies has given.
        case proven
        /// Under roots that stand in the file alone: whoever made it may have made them too.
        case assumed
        /// What the file does not hold all of.
        case unproven = "not-proven"
        /// What contradicts itself.
        case broken
    }

    struct Statement: Hashable, Sendable {
        let standing: Standing
        let text: String
        /// More about it, on lines of their own.
        var detail: [String] = []
    }

    let message: MessageID
    let log: LogOrigin
    let made: Timestamp
    /// Of whom the file holds sheets.
    var partners: Set<PartnerCode> = []
    private(set) var statements: [Statement] = []
    /// What no such file can prove, or what was erased by right.
    private(set) var limits: [String] = []

    init(of file: EvidenceFile) {
        message = file.evidence.id
        log = file.log
        made = file.made
    }

    mutating func add(_ standing: Standing, _ text: String, _ detail: [String] = []) {
        let statement = Statement(standing: standing, text: text, detail: detail)
        if !statements.contains(statement) { statements.append(statement) }
    }

    mutating func limit(_ text: String) {
        if !limits.contains(text) { limits.append(text) }
    }

    func contains(_ standing: Standing) -> Bool { statements.contains { $0.standing == standing } }
}

extension EvidenceReport {
    /// The report for people.
    func lines(for terminal: Terminal) -> [String] {
        var facts = FactList()
        facts.add("message", message.description)
        facts.add("from the log", log.rawValue)
        facts.add("made", QuantityText.time(made))
        var lines = facts.lines() + [""]
        for statement in statements {
            let (word, style) = Self.word(statement.standing)
            lines.append("\(terminal.styled(word, style))\(PrintableText.line(statement.text))")
            lines += statement.detail.map { String(repeating: " ", count: Self.margin) + PrintableText.line($0) }
        }
        guard !limits.isEmpty else { return lines }
        lines += ["", "What this does not prove:"]
        return lines + limits.map { "  - \(PrintableText.line($0))" }
    }

    private static let margin = 12

    private static func word(_ standing: Standing) -> (String, Terminal.Style) {
        let (word, style): (String, Terminal.Style) =
            switch standing {
            case .proven: ("proven", .success)
            case .assumed: ("assumed", .warning)
            case .unproven: ("not proven", .warning)
            case .broken: ("BROKEN", .failure)
            }
        return (word.padding(to: margin), style)
    }

    var json: JSONValue {
        [
            "limits": .array(limits.map { .string($0) }),
            "log": .string(log.rawValue),
            "made": .string(made.rfc3339),
            "message": .string(message.description),
            "statements": .array(
                statements.map { statement in
                    var members: [String: JSONValue] = [
                        "standing": .string(statement.standing.rawValue), "text": .string(statement.text),
                    ]
                    if !statement.detail.isEmpty { members["detail"] = .array(statement.detail.map { .string($0) }) }
                    return .object(members)
                }
            ),
        ]
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
