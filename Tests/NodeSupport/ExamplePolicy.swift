import AccessPolicy
package import Foundation
package import SecurityLabels

/// The policy of the example configuration.
package enum ExamplePolicy {
    package static let file = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Config/policy.yaml")

    package static var text: String {
        get throws { try String(contentsOf: file, encoding: .utf8) }
    }

    /// The label that a marking means under the policy.
    package static func label(_ marking: String) throws -> ConfidentialityLabel {
        let policy = try Policy.parse(yaml: try text, file: file.path)
        return try ConfidentialityLabel.parse(marking: marking, vocabulary: policy.vocabulary)
    }
}
