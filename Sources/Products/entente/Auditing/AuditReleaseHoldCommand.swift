import ArgumentParser
import CanonicalEncoding
import Relaying

/// `entente audit release-hold`: ends a legal hold.
struct AuditReleaseHoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release-hold",
        abstract: "End a legal hold: what it named may be erased again.",
        discussion: """
            The node's rules of retention then take what is past its time.

            EXAMPLES
              entente audit release-hold 512 --authority 'Court order 9/26' --reason 'the case is closed'

            EXIT STATUS
              0 it is released, 1 no such hold is in force, 4 the caller is no operator, 5 no node answers, 64 usage
            """
    )

    @Argument(help: ArgumentHelp("The entry that placed the hold.", valueName: "hold"))
    var hold: UInt64

    @Option(
        help: ArgumentHelp("The court, law or order that allows it.", valueName: "text"),
        transform: OrderText.parse
    )
    var authority: String

    @Option(
        help: ArgumentHelp("Why, for those who read the log later.", valueName: "text"),
        transform: OrderText.parse
    )
    var reason: String

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let answer = try await node.client().post(
                "/v1/holds/\(hold)/release",
                body: ["authority": .string(authority), "reason": .string(reason)]
            )
            if output.json { return try Terminal.current.print(json: answer) }
            let entry = try AnswerFields(answer, "the release").index("entry")
            try Terminal.current.print("hold \(hold) is released; entry \(entry) records it")
        }
    }
}
