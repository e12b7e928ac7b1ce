import Foundation
import SecurityLabels
import StrictYAML
import Testing
import VectorSupport

/// The label policies and code lists in `Vectors`: what each declares, or the place and the words that it is refused with.
@Suite struct LabelPolicyFileTests {
    private static func read(_ vector: Vector) throws -> LabelPolicySet {
        let codes = LabelPolicySet.shippedFiles.filter { $0.name == LabelPolicySet.codesFileName }
        return try .parse(files: codes + [LabelPolicySet.File(name: vector.name, yaml: vector.text)])
    }

    @Test func `every good label policy declares what it says`() throws {
        let problems = try VectorFolder("label-policies/accept").unexpectedAnswers { vector in
            try Self.describe(#require(Self.read(vector).policies.first))
        }
        #expect(problems == [])
    }

    @Test func `every bad label policy is refused with its place`() throws {
        let problems = try VectorFolder("label-policies/reject").unexpectedRefusals { vector in
            _ = try Self.read(vector)
        }
        #expect(problems == [])
    }

    @Test func `every good code list holds what it says`() throws {
        let problems = try VectorFolder("code-lists/accept").unexpectedAnswers { vector in
            let codes = try LabelCodes.parse(yaml: vector.text, file: vector.name)
            let groups = codes.groups.sorted { $0.key < $1.key }.map { name, members in
                "\(name): \(members?.joined(separator: " ") ?? "unlisted")"
            }
            return ([codes.countries.joined(separator: " ")] + groups).joined(separator: "\n")
        }
        #expect(problems == [])
    }

    @Test func `every bad code list is refused with its place`() throws {
        let problems = try VectorFolder("code-lists/reject").unexpectedRefusals { vector in
            _ = try LabelCodes.parse(yaml: vector.text, file: vector.name)
        }
        #expect(problems == [])
    }

    private static func describe(_ policy: LabelPolicy) -> String {
        var lines = ["\(policy.name) version \(policy.version), identifier \(policy.identifier ?? "none")"]
        for ladder in policy.ladders {
            lines.append("ladder \(ladder.name) in the form \(ladder.form.text)")
            lines += ladder.words.map { word in
                "  \(word.rank) \(word.classification): \(spellings(word.phrase))"
            }
        }
        for category in policy.categories {
            lines.append("\(category.kind.rawValue) \(category.name) fills \(category.fills.rawValue)")
            lines += category.values.map { value in
                let constraints = value.constraints
                return "  \(value.name): \(spellings(value.phrase))"
                    + ", with \(constraints.classifications.map(\.rawValue)), needs \(constraints.needs)"
                    + ", excludes \(constraints.excludes)"
            }
        }
        lines += policy.equivalents.map { row in
            "\(row.word) of \(row.ladder) is \(row.otherPolicy) \(row.otherWord), \(row.direction.rawValue)"
        }
        return lines.joined(separator: "\n")
    }

    private static func spellings(_ phrase: MarkingPhrase) -> String {
        ([phrase.banner, phrase.portion] + phrase.also + phrase.formerly).joined(separator: " | ")
    }

    @Test func `files that do not go together are refused`() throws {
        let codes = try #require(LabelPolicySet.shippedFiles.first { $0.name == LabelPolicySet.codesFileName })
        let policy = try #require(LabelPolicySet.shippedFiles.first { $0.name == "tlp.yaml" })
        let without = #expect(throws: YAMLError.self) { try LabelPolicySet.parse(files: [policy]) }
        #expect(without?.message.hasPrefix("the label policies come without `codes.yaml`") == true)
        let alone = #expect(throws: YAMLError.self) { try LabelPolicySet.parse(files: [codes]) }
        #expect(alone?.message.contains("no label policy") == true)
        let twin = LabelPolicySet.File(name: "other.yaml", yaml: policy.yaml)
        let twice = #expect(throws: YAMLError.self) { try LabelPolicySet.parse(files: [codes, policy, twin]) }
        #expect(
            twice?.description
                == "other.yaml:1:1: `TLP` stands twice: a label policy may be named once only, remove one"
        )
    }

    @Test func `what ships inside the binaries is what stands in Config`() throws {
        let config = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Config/labels")
            .standardized
        let names = try FileManager.default.contentsOfDirectory(atPath: config.path).filter { $0.hasSuffix(".yaml") }
        #expect(Set(names) == Set(LabelPolicySet.shippedFiles.map(\.name)))
        for file in LabelPolicySet.shippedFiles {
            let text = try String(contentsOf: config.appending(path: file.name), encoding: .utf8)
            #expect(text == file.yaml, "\(file.name) differs: run Scripts/embed-label-policies")
        }
    }
}
