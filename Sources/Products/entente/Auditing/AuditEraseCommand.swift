import ArgumentParser
import CanonicalEncoding
import MessageEnvelope
import NIOCore
import Relaying

/// `entente audit erase`: takes away what must not be kept.
struct AuditEraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erase the body of a message, or the details of entries, and record by whose word.",
        discussion: """
            Entries, signed headers, receipts and proofs stay: the log still verifies, and says that something was erased. \
            An erasure cannot be undone. It takes two operators, unless the node's configuration says one \
            (`retention: {persons: 1}`): the first gives the order, another confirms it within a day.

            EXAMPLES
              entente audit erase --message 019a9e5c-8d1f-7c3e-a5b1-0f6d2c4e8a90 \\
                  --authority 'GDPR, article 17' --reason 'request 26/118'
              entente audit erase --entries 120-180,192 --authority 'Archives act' --reason 'end of term'
              entente audit erase --confirm 1234

            EXIT STATUS
              0 it is erased, or the order waits for a second operator, 1 it was refused and nothing is erased, 4 the \
            caller is no operator, or the one who gave the order, 5 no node answers, 64 usage
            """
    )

    @Option(
        help: ArgumentHelp(
            "Erase the bodies of this message and the details of all entries about it.",
            valueName: "id"
        ),
        transform: MessageID.init(argument:)
    )
    var message: MessageID?

    @Option(help: ArgumentHelp("Erase the details of these entries, such as 3-7,9.", valueName: "indices"))
    var entries: String?

    @Option(
        help: ArgumentHelp("The law, order or rule that demands it.", valueName: "text"),
        transform: OrderText.parse
    )
    var authority: String?

    @Option(
        help: ArgumentHelp("Why, for those who read the log later.", valueName: "text"),
        transform: OrderText.parse
    )
    var reason: String?

    @Flag(help: "Also when the recipient has not opened the message.")
    var unread = false

    @Option(help: ArgumentHelp("Confirm the order that another operator gave, by its number.", valueName: "order"))
    var confirm: UInt64?

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if confirm != nil {
            guard message == nil, entries == nil, authority == nil, reason == nil, !unread else {
                throw ValidationError("--confirm stands alone: the order says what is erased, and why.")
            }
            return
        }
        guard (message == nil) != (entries == nil) else {
            throw ValidationError("Name what to erase: either --message or --entries, or --confirm an order.")
        }
        guard authority != nil, reason != nil else {
            throw ValidationError("An erasure names its --authority and its --reason.")
        }
        if let entries, IndexRanges(text: entries) == nil {
            throw ValidationError(
                "Expected --entries as indices of the log in ascending order, such as 3-7,9; got '\(entries)'."
            )
        }
        guard !unread || message != nil else { throw ValidationError("--unread goes with --message.") }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let client = try node.client(timeout: .seconds(120))
            let answer: JSONValue
            if let confirm {
                answer = try await client.post("/v1/erasures/\(confirm)/confirm")
            } else {
                answer = try await client.post("/v1/erasures", body: order)
            }
            let terminal = Terminal.current
            if output.json { try terminal.print(json: answer) } else { try terminal.print(try Self.text(answer)) }
            if answer["write-ahead-log"]?.stringValue == "held" {
                terminal.message(
                    "a reader holds an older state, so that the database's write-ahead log keeps copies of the pages: the "
                        + "node empties it as soon as it can"
                )
            }
        }
    }

    private var order: JSONValue {
        var members: [String: JSONValue] = ["unread": .bool(unread)]
        members["authority"] = authority.map { .string($0) }
        members["reason"] = reason.map { .string($0) }
        members["message"] = message.map { .string($0.description) }
        members["entries"] = entries.flatMap { IndexRanges(text: $0) }?.json
        return .object(members)
    }

    private static func amount(_ fields: AnswerFields) throws(CommandFailure) -> String {
        let bodies = QuantityText.count(Int(try fields.number("bodies")), "body", "bodies")
        let details = QuantityText.count(Int(try fields.number("details")), "entry", "entries")
        return "\(bodies), and the details of \(details)"
    }

    private static func text(_ answer: JSONValue) throws(CommandFailure) -> String {
        let fields = try AnswerFields(answer, "the answer about the erasure")
        switch answer["outcome"]?.stringValue {
        case "erased":
            return "erased: \(try amount(fields)); entry \(try fields.number("entry")) records it"
        case "waiting":
            let order = try fields.number("order")
            return
                "order \(order) waits: another operator confirms it with `entente audit erase --confirm \(order)`, which "
                + "erases \(try amount(fields))"
        case "nothing": return "nothing is left of it that could be erased"
        default:
            throw CommandFailure(
                "the node's answer is not understood",
                next: "see that command and node are of the same release"
            )
        }
    }
}
