import Foundation
import SecurityLabels
import Testing

/// The markings in `Vectors`: what is read and how it is written again, and what is refused with which words.
@Suite struct MarkingVectorTests {
    let set: LabelPolicySet

    init() throws { set = try ShippedPolicies.get() }

    struct Vector: Sendable, CustomTestStringConvertible {
        let line: Int
        let parts: [String]

        var testDescription: String { "\(line): \(parts[0]) \(parts[1])" }

        static func read(_ name: String) -> [Vector] {
            let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/\(name)")
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
                index,
                line in
                guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
                let parts = line.split(separator: "|", omittingEmptySubsequences: false)
                // One space beside each bar belongs to the file, further ones to the marking.
                return Vector(
                    line: index + 1,
                    parts: parts.map { part in
                        var part = part
                        if part.first == " " { part.removeFirst() }
                        if part.last == " " { part.removeLast() }
                        return String(part)
                    }
                )
            }
        }
    }

    @Test func `there are vectors of every policy`() {
        let accepted = Set(Vector.read("markings-accept.txt").map(\.parts[0]))
        #expect(accepted == Set(set.policies.map(\.name.rawValue)))
        #expect(Vector.read("markings-reject.txt").count > 60)
    }

    @Test(arguments: Vector.read("markings-accept.txt"))
    func `a marking is read as people write it, and written in its one form`(vector: Vector) throws {
        let policy = try LabelPolicyName(vector.parts[0])
        let read = try set.read(vector.parts[1], policy: policy)
        #expect(try set.marking(read.label) == vector.parts[2])
        #expect(try set.marking(read.label, form: .portion) == vector.parts[3])
        #expect(read.notes.joined(separator: "; ") == vector.parts[4])
        #expect(try set.read(vector.parts[2], policy: policy).label == read.label)
        #expect(try set.read(vector.parts[3], policy: policy).label == read.label)
        #expect(read.form == (vector.parts[1].hasPrefix("(") ? .portion : .banner))
    }

    @Test(arguments: Vector.read("markings-reject.txt"))
    func `a marking that cannot be read names the text, its column and what was expected`(vector: Vector) throws {
        let policy = try LabelPolicyName(vector.parts[0])
        let error = #expect(throws: MarkingError.self) { try set.read(vector.parts[1], policy: policy) }
        #expect(error.map { "\($0)" } == "marking, column " + vector.parts[2])
    }
}
