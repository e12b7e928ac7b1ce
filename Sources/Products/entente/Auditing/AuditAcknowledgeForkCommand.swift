import ArgumentParser
import CanonicalEncoding
import Relaying

/// `entente audit acknowledge-fork`: says that the matter of a fork is dealt with.
struct AuditAcknowledgeForkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge-fork",
        abstract: "Say that a fork of another log is dealt with: its alarm ends, its evidence stays.",
        discussion: """
            Write the evidence out first and settle the matter with the partner whose log it is. The acknowledgement is an \
            entry of the log itself and counts for this fork alone; another fork of the same log alarms again. \
            `entente audit forks` lists and exports the evidence as before.

            The key that signed the two histories stays convicted: this node never cosigns by it again. The other log goes \
            on under a new key, in a new sheet of its partner.

            EXAMPLES
              entente audit forks --number 1 --export fork.json
              entente audit acknowledge-fork 1 --authority 'Security officer, incident 26/14' \\
                  --reason 'restored from an old copy; new log key since 22 November'
              entente audit log --kind fork --kind fork-acknowledgement

            EXIT STATUS
              0 it is acknowledged, 1 it was refused, 4 the caller is no operator, 5 no node answers, 64 usage
            """
    )

    @Argument(help: ArgumentHelp("The number of the fork, as `entente audit forks` lists it.", valueName: "number"))
    var number: Int64

    @Option(
        help: ArgumentHelp("Who decided that it is dealt with, or the procedure.", valueName: "text"),
        transform: OrderText.parse
    )
    var authority: String

    @Option(
        help: ArgumentHelp("What it was, for those who read the log later.", valueName: "text"),
        transform: OrderText.parse
    )
    var reason: String

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let answer = try await node.client().post(
                "/v1/audit/forks/\(number)/acknowledge",
                body: ["authority": .string(authority), "reason": .string(reason)]
            )
            if output.json { return try Terminal.current.print(json: answer) }
            let entry = try AnswerFields(answer, "the acknowledgement").index("entry")
            try Terminal.current.print("fork \(number) is acknowledged; entry \(entry) records it")
        }
    }
}
