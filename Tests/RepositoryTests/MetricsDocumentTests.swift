import Foundation
import Testing

@Suite struct MetricsDocumentTests {
    /// The names behind `entente_` that a file holds, as `expression` finds them.
    private func names(_ path: String, _ expression: Regex<(Substring, Substring)>) throws -> Set<String> {
        let text = try String(contentsOf: Repository.root.appendingPathComponent(path), encoding: .utf8)
        return Set(text.matches(of: expression).map { String($0.output.1) })
    }

    @Test func `every metric that a node gives stands in the operators' document, and no other`() throws {
        let given = try names(
            "Sources/Node/OperatorInterface/Answers/NodeMetrics.swift",
            #/page\.add\(\s*"([a-z_]+)"/#
        )
        let documented = try names("Docs/operating.md", #/`entente_([a-z_]+)`/#)
        #expect(given.count > 15)
        #expect(given == documented, "\(given.symmetricDifference(documented).sorted())")
    }
}
