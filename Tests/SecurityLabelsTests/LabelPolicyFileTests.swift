import Foundation
import SecurityLabels
import StrictYAML
import Testing

/// The files in `Vectors/policies`: one that is good, the others spoilt in one way each.
@Suite struct LabelPolicyFileTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/policies")

    /// What each spoilt file is refused with, by its name.
    static let refusals: [(name: String, message: String)] = {
        let text = (try? String(contentsOf: folder.appending(path: "expected.txt"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), String(parts[1]))
        }
    }()

    static func read(_ name: String, codes: LabelCodes) throws -> LabelPolicySet {
        let yaml = try String(contentsOf: folder.appending(path: "\(name).yaml"), encoding: .utf8)
        let files = LabelPolicySet.shippedFiles.filter { $0.name == LabelPolicySet.codesFileName }
        return try .parse(files: files + [LabelPolicySet.File(name: "\(name).yaml", yaml: yaml)])
    }

    @Test func `the file that the others are made of is good`() throws {
        let set = try Self.read("good", codes: ShippedPolicies.get().codes)
        let read = try set.read("(H//A)", policy: LabelPolicyName("TEST"))
        #expect(try set.marking(read.label) == "HIGH//ALPHA")
    }

    @Test func `every spoilt file has its expectation`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
            $0.hasSuffix(".yaml")
        }
        #expect(Set(names) == Set(Self.refusals.map { "\($0.name).yaml" } + ["good.yaml"]))
    }

    @Test(arguments: refusals)
    func `a spoilt label policy is refused with its place`(vector: (name: String, message: String)) throws {
        let error = #expect(throws: YAMLError.self) {
            try Self.read(vector.name, codes: ShippedPolicies.get().codes)
        }
        #expect(error.map { "\($0)" } == "\(vector.name).yaml:\(vector.message)")
    }

    static let codeLists: [(yaml: String, message: String)] = [
        ("format: 1\n", "codes.yaml:1:1: the code list has no `countries`: add it"),
        (
            "format: 1\ncountries: [GBR gbr]\n",
            "codes.yaml:2:13: expected a code: `gbr` cannot be a releasability code: expected an upper-case letter at column 1, got `g` (U+0067)"
        ),
        ("format: 1\ncountries: [GBR, FRA GBR]\n", "codes.yaml:2:18: the code `GBR` stands twice: remove one"),
        (
            "format: 1\ncountries: [GBR]\ngroups: {ONE: [GBR, FRA]}\n",
            "codes.yaml:3:21: unknown country `FRA`: expected one of `countries`; correct or add it"
        ),
        (
            "format: 1\ncountries: [GBR]\ngroups: {ONE: [GBR, GBR]}\n",
            "codes.yaml:3:21: `GBR` stands twice in the group: remove one"
        ),
        (
            "format: 1\ncountries: [GBR]\ngroups: {GBR: [GBR]}\n",
            "codes.yaml:3:10: the code `GBR` stands twice: remove one"
        ),
    ]

    @Test(arguments: codeLists)
    func `a spoilt code list is refused with its place`(vector: (yaml: String, message: String)) {
        let error = #expect(throws: YAMLError.self) { try LabelCodes.parse(yaml: vector.yaml, file: "codes.yaml") }
        #expect(error.map { "\($0)" } == vector.message)
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
