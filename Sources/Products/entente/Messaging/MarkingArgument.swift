import AccessPolicy
import SecurityLabels

/// The marking on a command line, read by the policy of the context.
enum MarkingArgument {
    /// The label that the marking says, every word of it known to the policy.
    static func read(_ marking: String, policyFile: String) throws(CommandFailure) -> ConfidentialityLabel {
        try read(marking, vocabulary: try PolicyFile.read(policyFile).vocabulary)
    }

    static func read(
        _ marking: String,
        vocabulary: MarkingVocabulary,
        of argument: String = "--label"
    ) throws(CommandFailure) -> ConfidentialityLabel {
        do {
            return try ConfidentialityLabel.parse(marking: marking, vocabulary: vocabulary)
        } catch {
            let pointer = String(repeating: " ", count: max(0, error.column - 1)) + "^"
            throw CommandFailure(
                "\(error)\n  \(PrintableText.line(marking))\n  \(pointer)",
                next: "correct \(argument); the policy lists the words that it may use",
                status: .usage
            )
        }
    }
}
