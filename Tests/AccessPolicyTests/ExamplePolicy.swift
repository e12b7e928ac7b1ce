import AccessPolicy
import Foundation

/// The example policy that the package ships, and its tests.
enum ExamplePolicy {
    static func read() throws -> Policy {
        try Policy.parse(yaml: text("policy.yaml"), file: "policy.yaml")
    }

    static func text(_ file: String) throws -> String {
        let folder = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: folder.appending(path: "Config/\(file)"), encoding: .utf8)
    }
}
