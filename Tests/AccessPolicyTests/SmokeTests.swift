import AccessPolicy
import Foundation
import Testing

@Test func `the example policy can be read`() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Config/policy.yaml")
    let policy = try Policy.parse(yaml: String(contentsOf: url, encoding: .utf8), file: "policy.yaml")
    #expect(policy.agreements.count == 6)
}
