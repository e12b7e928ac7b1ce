import ArgumentParser
import CanonicalEncoding
import MessageEnvelope
import Relaying

/// `entente audit hold`: keeps something from being erased.
struct AuditHoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Place a legal hold: what it names is not erased, by no order and no rule, until it is released.",
        discussion: """
            A hold on a message keeps its body and the details of every entry about it, those to come included; a hold on \
            entries keeps their details. It is an entry of the log itself. `entente status` lists the holds in force.

            EXAMPLES
              entente audit hold --message 019a9e5c-8d1f-7c3e-a5b1-0f6d2c4e8a90 \\
                  --authority 'Court order 7/26' --reason 'evidence in a dispute'
              entente audit hold --entries 120-180,192 --authority 'Inspector General' --reason 'inquiry 12'
              entente audit log --kind hold --kind hold-release

            EXIT STATUS
              0 the hold is in force, 1 it was refused, 4 the caller is no operator, 5 no node answers, 64 usage
            """
    )

    @Option(
        help: ArgumentHelp("Keep the bodies of this message and all details about it.", valueName: "id"),
        transform: MessageID.init(argument:)
    )
    var message: MessageID?

    @Option(help: ArgumentHelp("Keep the details of these entries, such as 3-7,9.", valueName: "indices"))
    var entries: String?

    @Option(
        help: ArgumentHelp("The court, law or order that demands it.", valueName: "text"),
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

    func validate() throws {
        guard (message == nil) != (entries == nil) else {
            throw ValidationError("Name what to keep: either --message or --entries.")
        }
        if let entries, IndexRanges(text: entries) == nil {
            throw ValidationError(
                "Expected --entries as indices of the log in ascending order, such as 3-7,9; got '\(entries)'."
            )
        }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            var members: [String: JSONValue] = ["authority": .string(authority), "reason": .string(reason)]
            members["message"] = message.map { .string($0.description) }
            members["entries"] = entries.flatMap { IndexRanges(text: $0) }?.json
            let answer = try await node.client().post("/v1/holds", body: .object(members))
            let fields = try AnswerFields(answer, "the hold")
            let terminal = Terminal.current
            if output.json {
                try terminal.print(json: answer)
            } else {
                try terminal.print("hold \(try fields.index("entry")) is in force")
            }
            let (bodies, details) = (try fields.number("gone-bodies"), try fields.number("gone-details"))
            guard bodies + details > 0 else { return }
            terminal.message(
                "of what it names, \(QuantityText.count(Int(bodies), "body", "bodies")) and the details of "
                    + "\(QuantityText.count(Int(details), "entry", "entries")) were erased before, or never here: "
                    + "`entente audit log --kind erasure` says by whose word"
            )
        }
    }
}
