import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import EntenteClient
import MessageEnvelope
import SecurityLabels

/// `entente inbox`: lists what lies in a mailbox.
struct InboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox",
        abstract: "List the messages in a mailbox, oldest first.",
        discussion: """
            The list is the node's word; `entente open` verifies a message and decrypts it. On a terminal it is a \
            table, else tab-separated lines without headings in the same order: sequence, date-time group, \
            precedence, marking, sender, bytes, receipt (`sent` or `owed`), id.

            EXAMPLES
              entente inbox
              entente inbox --as maritime-desk --after 120 --limit 20
              entente inbox --json | jq -r '.messages[] | select(.receipted | not) | .message'
            """
    )

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("List what came behind this sequence number.", valueName: "sequence")
    )
    var after: Int64 = 0

    @Option(parsing: .unconditional, help: "How many messages to list, 1 to 500.")
    var limit = 100

    @OptionGroup(title: "Context") var context: ContextOptions
    @OptionGroup(title: "Context") var mailbox: MailboxOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard after >= 0 else { throw ValidationError("expected --after from 0, got \(after)") }
        guard (1...500).contains(limit) else { throw ValidationError("expected --limit from 1 to 500, got \(limit)") }
    }

    func run() async throws {
        let terminal = Terminal.current
        try await CommandFailure.reportingAsync {
            try await ClientSession.run(context, mailbox, on: terminal) { session in
                let page = try await session.client.inbox(after: after, limit: limit)
                try show(page, of: session.client.address, on: terminal)
            }
        }
    }

    private func show(_ page: InboxPage, of address: MailboxAddress, on terminal: Terminal) throws(CommandFailure) {
        if output.json {
            var members: [String: JSONValue] = ["messages": .array(page.entries.map(\.json))]
            members["next"] = page.next.map { .integer($0) }
            return try terminal.print(json: .object(members))
        }
        try InboxCommand.table(page.entries).print(on: terminal)
        if page.entries.isEmpty {
            terminal.message("no messages in `\(address)`\(after > 0 ? " behind \(after)" : "")")
        }
        if let next = page.next { terminal.message("there may be more: \(CommandText.again(["--after": "\(next)"]))") }
    }

    static func table(_ entries: [InboxEntry]) -> TextTable {
        var table = TextTable([
            .init("SEQ", .right), .init("DTG"), .init("PRECEDENCE"), .init("MARKING", fold: 2), .init("FROM"),
            .init("BYTES", .right), .init("RECEIPT"), .init("ID", fold: 1),
        ])
        for entry in entries {
            table.append([
                .init(String(entry.sequence)),
                .init(entry.dateTime.dateTimeGroup),
                .init(entry.precedence.name, entry.precedence >= .flash ? .failure : nil),
                .init(entry.marking),
                .init(entry.originator.description),
                .init(String(entry.bodySize)),
                entry.isReceipted ? .init("sent") : .init("owed", .emphasis),
                .init(entry.message.description),
            ])
        }
        return table
    }
}
