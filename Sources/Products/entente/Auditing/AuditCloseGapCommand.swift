import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import Relaying

/// `entente audit close-gap`: says of missing numbers that nothing will come of them.
struct AuditCloseGapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close-gap",
        abstract: "Say of missing numbers of a stream that nothing will come of them: their alarm ends.",
        discussion: """
            A gap ends by itself when the number comes, or its origin proves that it is void. Some never do: a hub has given a \
            receipt up, or the number was taken by this node's log before it was lost. Find out first what became of it; the \
            entry names the person, authority and reason. What comes after all is taken.

            EXAMPLES
              entente audit gaps --open
              entente audit close-gap fra.example/node/fra-hub 41 --authority 'duty officer' \\
                  --reason 'a receipt that un-1 has given up'
              entente audit close-gap fra.example/node/fra-hub 1-380 --authority 'incident 26/14' \\
                  --reason 'taken by the log that has ended; reconciled on 22 November'

            EXIT STATUS
              0 it is closed, 1 it was refused, 4 the caller is no operator, 5 no node answers, 64 usage
            """
    )

    @Argument(
        help: ArgumentHelp("The node whose stream it is, such as fra.example/node/fra-hub.", valueName: "origin"),
        transform: EntryFilterOptions.node
    )
    var origin: SPIFFEID

    @Argument(help: ArgumentHelp("A number, or a range of them, such as 4-9: whole gaps.", valueName: "numbers"))
    var numbers: String

    @Option(
        help: ArgumentHelp("Who decided that it is closed, or the procedure.", valueName: "text"),
        transform: OrderText.parse
    )
    var authority: String

    @Option(
        help: ArgumentHelp("What became of it, for those who read the log later.", valueName: "text"),
        transform: OrderText.parse
    )
    var reason: String

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    private var range: ClosedRange<UInt64>? {
        guard let ranges = IndexRanges(text: numbers)?.ranges, ranges.count == 1, ranges[0].lowerBound >= 1 else {
            return nil
        }
        return ranges[0]
    }

    func validate() throws {
        guard range != nil else {
            throw ValidationError("Expected a number from 1, or a range such as 4-9; got '\(numbers)'.")
        }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            guard let range else { return }
            let answer = try await node.client().post(
                "/v1/audit/gaps/close",
                body: [
                    "authority": .string(authority), "first": .integer(Int64(clamping: range.lowerBound)),
                    "last": .integer(Int64(clamping: range.upperBound)), "origin": .string(origin.description),
                    "reason": .string(reason),
                ]
            )
            if output.json { return try Terminal.current.print(json: answer) }
            let entries = try AnswerFields(answer, "the closing").json("entries").arrayValue ?? []
            let list = entries.compactMap(\.integerValue).map { "\($0)" }.joined(separator: ", ")
            try Terminal.current.print(
                "\(entries.count) \(entries.count == 1 ? "gap is" : "gaps are") closed; recorded by entry \(list)"
            )
        }
    }
}
