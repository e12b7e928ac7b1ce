import SecurityLabels
import Testing
import VectorSupport

/// The markings in `Vectors`: what is read and how it is written again, and what is refused with which words.
@Suite struct MarkingVectorTests {
    let set: LabelPolicySet

    init() throws { set = try ShippedPolicies.get() }

    @Test(arguments: ["accept", "reject"])
    func `there are vectors of every policy`(kind: String) throws {
        let tables = try VectorTable.all(in: "markings/\(kind)")
        #expect(Set(tables.map(\.name)) == Set(set.policies.map(\.name.rawValue)))
        #expect(tables.allSatisfy { $0.rows.count >= 2 })
    }

    @Test(arguments: try VectorTable.all(in: "markings/accept"))
    func `a marking is read as people write it, and written in its one form`(table: VectorTable) throws {
        let policy = try LabelPolicyName(table.name)
        for row in table.rows {
            let line = SourceLine(row)
            let read = try set.read(row.cells[0], policy: policy)
            #expect(try set.marking(read.label) == row.cells[1], line.comment)
            #expect(try set.marking(read.label, form: .portion) == row.cells[2], line.comment)
            #expect(read.notes.joined(separator: "; ") == row.cells[3], line.comment)
            #expect(try set.read(row.cells[1], policy: policy).label == read.label, line.comment)
            #expect(try set.read(row.cells[2], policy: policy).label == read.label, line.comment)
            #expect(read.form == (row.cells[0].hasPrefix("(") ? .portion : .banner), line.comment)
        }
    }

    @Test(arguments: try VectorTable.all(in: "markings/reject"))
    func `a marking that cannot be read names the text, its column and what was expected`(table: VectorTable) throws {
        let policy = try LabelPolicyName(table.name)
        for row in table.rows {
            let line = SourceLine(row)
            let error = #expect(throws: MarkingError.self, line.comment) { try set.read(row.cells[0], policy: policy) }
            #expect(error.map { "\($0)" } == "marking, column " + row.cells[1], line.comment)
        }
    }
}

private struct SourceLine {
    let comment: Comment

    init(_ row: VectorTable.Row) { comment = "line \(row.description)" }
}
