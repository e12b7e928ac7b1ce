import AccessPolicy
import ArgumentParser
import CanonicalEncoding

/// `entente policy diff`: which flows a changed policy opens and closes.
struct PolicyDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say what a changed policy opens and closes.",
        discussion: """
            First what the file says otherwise, then which flows open and close by it, and in which cases: those that \
            change in the same way together. It is exact for every label of one owner, at all times, by all nodes, in the \
            steps from partner to partner: release, relay and accept.

            EXAMPLES
              entente policy diff Config/policy.yaml new.yaml
              entente policy diff --brief Config/policy.yaml new.yaml
              git show HEAD:Config/policy.yaml >old.yaml && entente policy diff old.yaml Config/policy.yaml

            EXIT STATUS
              0 both mean the same, 1 they do not, 11 a policy is not well formed
            """
    )

    @Argument(help: ArgumentHelp("The policy as it was.", valueName: "old"), completion: .file(extensions: ["yaml"]))
    var old: String

    @Argument(
        help: ArgumentHelp("The policy as it is to be.", valueName: "new"),
        completion: .file(extensions: ["yaml"])
    )
    var new: String

    @Flag(help: "Print what was changed and how many flows open and close, without the flows.")
    var brief = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let difference = try CommandFailure.reporting { () throws(CommandFailure) -> PolicyDifference in
            let difference = PolicyDifference(from: try PolicyFile.read(old), to: try PolicyFile.read(new))
            let text = brief ? difference.briefText : difference.text
            try Terminal.current.print(
                output.json ? difference.json.indentedText : PrintableText.paragraphs(text)
            )
            return difference
        }
        if !difference.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}
