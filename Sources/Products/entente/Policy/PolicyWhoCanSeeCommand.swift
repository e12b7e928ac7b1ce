import AccessPolicy
import ArgumentParser
import CanonicalEncoding
import SecurityLabels

/// `entente policy who-can-see`: who may get one label.
struct PolicyWhoCanSeeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "who-can-see",
        abstract: "Name everybody who may get a marking, from whom and by which agreement.",
        discussion: """
            Below each agreement stands in which cases it covers the marking: `always`, or the nodes, mailboxes, \
            precedences, links and ages that it takes. Where the marking states no type or community, what one would \
            open follows. It is exact: whoever is not named cannot get it.

            EXAMPLES
              entente policy who-can-see Config/policy.yaml 'GBR SECRET//REL TO FRA, DEU//INTREP'
              entente policy who-can-see Config/policy.yaml 'UN CONFIDENTIAL' --at 2027-06-01 --json

            EXIT STATUS
              0 done, whoever may get it, 11 the policy is not well formed, 64 the marking is not
            """
    )

    @Argument(help: ArgumentHelp("The policy.", valueName: "policy"), completion: .file(extensions: ["yaml"]))
    var policyFile: String

    @Argument(help: "The marking, such as 'GBR SECRET//REL TO FRA//INTREP'.")
    var marking: String

    @OptionGroup var question: FlowQuestionOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let policy = try PolicyFile.read(policyFile)
            let label = try MarkingArgument.read(marking, vocabulary: policy.vocabulary, of: "the marking")
            let audience = LabelAudience(
                of: label,
                by: policy,
                at: question.time,
                realm: try question.realm(of: policy)
            )
            if output.json { return try Terminal.current.print(json: audience.json) }
            try Terminal.current.print(PrintableText.paragraphs(audience.text))
        }
    }
}
