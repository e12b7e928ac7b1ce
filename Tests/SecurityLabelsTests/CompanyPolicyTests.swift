import Foundation
import SecurityLabels
import Testing
import VectorSupport

/// The three company policies of RFC 3114 as label policy files, through reading, display and the decision on access.
@Suite struct CompanyPolicyTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/rfc3114")

    /// The companies' policies beside the codes that ship.
    private static func read() throws -> LabelPolicySet {
        let codes = LabelPolicySet.shippedFiles.filter { $0.name == LabelPolicySet.codesFileName }
        let companies = try ["amoco", "caterpillar", "whirlpool"].map { name in
            let yaml = try String(contentsOf: folder.appending(path: "\(name).yaml"), encoding: .utf8)
            return LabelPolicySet.File(name: "\(name).yaml", yaml: yaml)
        }
        return try .parse(files: codes + companies)
    }

    @Test func `each company's policy bears the identifier of the standard`() throws {
        let identifiers = try Self.read().policies.map(\.identifier)
        #expect(identifiers == (1...3).map { "1.2.840.113549.1.9.16.7.\($0)" })
    }

    @Test(arguments: try VectorTable.all(in: "rfc3114"))
    func `a company's label is read, displayed and seen by those whose clearance holds it`(table: VectorTable) throws {
        let set = try Self.read()
        let policy = try LabelPolicyName(table.name)
        for row in table.rows {
            let label = try set.read(row.cells[0], policy: policy).label
            #expect(label.owner.rawValue == table.name, "line \(row.line)")
            #expect(try set.marking(label) == row.cells[1], "line \(row.line)")
            let clearance = Clearance(
                policy: policy,
                classifications: Set(try Self.list(row.cells[2]).map { try Classification($0) }),
                values: Set(Self.list(row.cells[3]))
            )
            let verdict = clearance.holds(label, by: set)
            let words = if case .notHeld(let reasons) = verdict { reasons.joined(separator: "; ") } else { "held" }
            #expect(words == row.cells[4], "line \(row.line)")
        }
    }

    @Test func `a company's words mean nothing under another's policy`() throws {
        let set = try Self.read()
        let label = try set.read("CONFIDENTIAL", policy: LabelPolicyName("AMOCO")).label
        let clearance = try Clearance(
            policy: LabelPolicyName("WHIRLPOOL"),
            upTo: Classification("CONFIDENTIAL"),
            in: set
        )
        #expect(
            clearance.holds(label, by: set) == .notHeld(["the clearance is of WHIRLPOOL, the label of AMOCO"])
        )
        #expect(throws: MarkingError.self) { try set.read("CONFIDENTIAL") }
    }

    private static func list(_ cell: String) -> [String] {
        cell.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
