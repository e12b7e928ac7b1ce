import AccessPolicy
import CanonicalEncoding

/// The results of policy tests as people, programs and build servers read them.
enum PolicyTestOutput {
    static func print(_ report: PolicyTestReport, file: String, verbose: Bool, on terminal: Terminal)
        throws(CommandFailure)
    {
        for result in report.results {
            let name = PrintableText.line(result.testCase.name)
            if let problem = result.problem {
                try terminal.print("\(terminal.styled("FAIL", .failure)) \(name)")
                let place = "\(file):\(result.testCase.line)"
                try terminal.print(PrintableText.line("     \(place): \(problem)"))
                for line in result.explanation.text.split(separator: "\n") {
                    try terminal.print(PrintableText.line("     \(line)"))
                }
            } else if verbose {
                try terminal.print("\(terminal.styled("ok", .success))   \(name)")
            }
        }
        let passed = report.results.count - report.failures.count
        try terminal.print("\(passed) passed, \(report.failures.count) failed")
        let met = report.coverage.count - report.neverFired.count
        try terminal.print("\(met) of \(report.coverage.count) rules met by a case")
        for rule in report.neverFired {
            try terminal.print("\(terminal.styled("never met", .warning)) \(rule)")
        }
    }

    static func json(_ report: PolicyTestReport, file: String) -> JSONValue {
        [
            "cases": .array(
                report.results.map { result in
                    var members: [String: JSONValue] = [
                        "explanation": result.explanation.json,
                        "line": .integer(Int64(result.testCase.line)),
                        "name": .string(result.testCase.name),
                        "passed": .bool(result.hasPassed),
                    ]
                    if let problem = result.problem { members["problem"] = .string(problem) }
                    return .object(members)
                }
            ),
            "coverage": .array(
                report.coverage.map { ["cases": .integer(Int64($0.cases)), "rule": .string($0.rule.rawValue)] }
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
            let name = escaped(result.testCase.name)
            guard let problem = result.problem else {
                lines.append("  <testcase name=\"\(name)\"/>")
                continue
            }
            lines.append("  <testcase name=\"\(name)\">")
            lines.append("    <failure message=\"\(escaped(problem))\">\(escaped(result.explanation.text))</failure>")
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
