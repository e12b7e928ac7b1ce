package import AccessPolicy
package import CanonicalEncoding

/// The files that a policy is made of, as officers have written them.
package struct PolicyTexts: Hashable, Sendable {
    /// One file: its name for messages, and what stands in it.
    package struct File: Hashable, Sendable {
        package let name: String
        package let text: String

        package init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// The coalition's policy.
    package let policy: File
    /// The tests that officers have written beside it.
    package let tests: File?
    /// What the node's own partner adds.
    package let addition: File?
    package let additionTests: File?

    package init(policy: File, tests: File? = nil, addition: File? = nil, additionTests: File? = nil) {
        self.policy = policy
        self.tests = tests
        self.addition = addition
        self.additionTests = additionTests
    }

    /// The policy and what is added to it; nothing is proven or tested.
    package func read() throws -> (baseline: Policy, addition: NationalAddition?) {
        let baseline = try Policy.parse(yaml: policy.text, file: policy.name)
        let addition = try addition.map { file in
            try NationalAddition.parse(yaml: file.text, file: file.name, baseline: baseline)
        }
        return (baseline, addition)
    }

    package init(json: JSONValue) throws(UnfitPolicy) {
        guard let policy = try Self.file(json["policy"], "policy") else {
            throw UnfitPolicy("expected a member `policy`")
        }
        self.init(
            policy: policy,
            tests: try Self.file(json["tests"], "tests"),
            addition: try Self.file(json["addition"], "addition"),
            additionTests: try Self.file(json["addition-tests"], "addition-tests")
        )
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = ["policy": Self.json(policy)]
        members["tests"] = tests.map(Self.json)
        members["addition"] = addition.map(Self.json)
        members["addition-tests"] = additionTests.map(Self.json)
        return .object(members)
    }

    private static func json(_ file: File) -> JSONValue {
        ["file": .string(file.name), "text": .string(file.text)]
    }

    private static func file(_ value: JSONValue?, _ key: String) throws(UnfitPolicy) -> File? {
        guard let value else { return nil }
        guard let name = value["file"]?.stringValue, let text = value["text"]?.stringValue else {
            throw UnfitPolicy("expected `file` and `text` in member `\(key)`")
        }
        return File(name: name, text: text)
    }
}
