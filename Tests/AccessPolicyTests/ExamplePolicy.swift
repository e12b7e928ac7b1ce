import AccessPolicy
import Foundation

/// The example policy that the package ships, and its tests.
enum ExamplePolicy {
    static func read() throws -> Policy {
        try Policy.parse(yaml: text("policy.yaml"), file: "policy.yaml")
    }

    /// Where the package keeps its examples.
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Config")

    static func text(_ file: String) throws -> String {
        try String(contentsOf: folder.appending(path: file), encoding: .utf8)
    }
}
