import AccessPolicy
import CanonicalEncoding

/// The results of policy tests as people, programs and build servers read them.
enum PolicyTestOutput {
    static func print(_ report: PolicyTestReport, file: String, verbose: Bool, on terminal: Terminal)
        throws(CommandFailure)
    {
        for result in report.results {
            let name = PrintableText.line(result.name)
            if let problem = result.problem {
                try terminal.print("\(terminal.styled("FAIL", .failure)) \(name)")
                let place = "\(file):\(result.line)"
                try terminal.print(PrintableText.line("     \(place): \(problem)"))
                for explanation in result.explanations {
                    for line in explanation.text.split(separator: "\n") {
                        try terminal.print(PrintableText.line("     \(line)"))
                    }
                }
            } else if verbose {
                try terminal.print("\(terminal.styled("ok", .success))   \(name)")
            }
        }
        let passed = report.results.count - report.failures.count
        try terminal.print("\(passed) passed, \(report.failures.count) failed")
        try print(report, on: terminal)
    }

    /// What the cases do not show: a rule or a condition in these lines could change, and every case would still pass.
    private static func print(_ report: PolicyTestReport, on terminal: Terminal) throws(CommandFailure) {
        let rules = report.coverage.filter { !$0.isSuspended }
        let met = rules.count { $0.cases > 0 }
        let conditions = rules.map(\.conditions.count).reduce(0, +)
        let needed = conditions - rules.map(\.idle.count).reduce(0, +)
        try terminal.print(
            "\(met) of \(rules.count) rules met by a case, \(needed) of \(conditions) conditions needed by one"
        )
        func list(_ title: String, _ lines: [String], _ style: Terminal.Style = .warning) throws(CommandFailure) {
            for line in lines {
                let padding = String(repeating: " ", count: 24 - title.count)
                try terminal.print("  \(terminal.styled(title, style))\(padding)\(line)")
            }
        }
        try list("never met", report.neverFired.map(\.rawValue))
        try list("suspended", report.suspended.map(\.rawValue), .emphasis)
        try list("never the only reason", report.neverAlone.map(\.rawValue))
        try list(
            "no case depends on",
            report.idle.map { "\($0.rule): \($0.conditions.joined(separator: ", "))" },
            .emphasis
        )
    }

    static func json(_ report: PolicyTestReport, file: String) -> JSONValue {
        [
            "cases": .array(
                report.results.map { result in
                    var members: [String: JSONValue] = [
                        "explanations": .array(result.explanations.map(\.json)),
                        "kind": .string(result.kind.rawValue),
                        "line": .integer(Int64(result.line)),
                        "name": .string(result.name),
                        "passed": .bool(result.hasPassed),
                    ]
                    if let problem = result.problem { members["problem"] = .string(problem) }
                    return .object(members)
                }
            ),
            "coverage": .array(
                report.coverage.map { rule in
                    [
                        "alone": .integer(Int64(rule.alone)),
                        "cases": .integer(Int64(rule.cases)),
                        "conditions": .array(rule.conditions.map { .string($0) }),
                        "no-case-depends-on": .array(rule.idle.map { .string($0) }),
                        "rule": .string(rule.rule.rawValue),
                        "suspended": .bool(rule.isSuspended),
                    ]
                }
            ),
            "failed": .integer(Int64(report.failures.count)),
            "file": .string(file),
            "passed": .integer(Int64(report.results.count - report.failures.count)),
        ]
    }

    static func junit(_ report: PolicyTestReport, file: String) -> String {
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            "<testsuite name=\"\(escaped(file))\" tests=\"\(report.results.count)\" failures=\"\(report.failures.count)\">",
        ]
        for result in report.results {
            let entry = "<testcase classname=\"\(result.kind.rawValue)\" name=\"\(escaped(result.name))\""
            guard let problem = result.problem else {
                lines.append("  \(entry)/>")
                continue
            }
            let text = ["\(file):\(result.line): \(problem)"] + result.explanations.map(\.text)
            lines.append("  \(entry)>")
            lines.append(
                "    <failure message=\"\(escaped(problem))\">\(escaped(text.joined(separator: "\n")))</failure>"
            )
            lines.append("  </testcase>")
        }
        lines.append("</testsuite>\n")
        return lines.joined(separator: "\n")
    }

    /// The text for XML, which cannot hold most control characters in any spelling (XML 1.0 section 2.2).
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in PrintableText.paragraphs(text).unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n": escaped += "&#10;"
            case "\t": escaped += "&#9;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
