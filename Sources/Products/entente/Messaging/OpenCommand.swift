import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import EntenteClient
import Foundation
import MessageEnvelope
import SecurityLabels

/// `entente open`: fetches a message, proves who sent it, decrypts it and acknowledges it.
struct OpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Verify and decrypt a message, and send its delivery receipt.",
        discussion: """
            Shows the header as messages and the content as data: text on the terminal, anything into a file or a \
            pipe. The receipt goes to the sender once the content has been written; it says that this mailbox has \
            decrypted the message. Opening it again sends no second one.

            EXAMPLES
              entente open 019a9e5c-5f00-7c3e-9d53-6f4ac9c1a7b2
              entente open 019a9e5c-5f00-7c3e-9d53-6f4ac9c1a7b2 --out image.png
              entente open 019a9e5c-5f00-7c3e-9d53-6f4ac9c1a7b2 --no-receipt | jq .
            """
    )

    @Argument(
        help: ArgumentHelp("The message, by its id.", valueName: "id"),
        transform: MessageID.init(argument:)
    )
    var id: MessageID

    @Option(
        help: ArgumentHelp("The sender, where several have used the id.", valueName: "mailbox"),
        transform: MailboxAddress.init(argument:)
    )
    var originator: MailboxAddress?

    @Option(
        help: ArgumentHelp("Write the content to this file; `-` for standard output.", valueName: "file"),
        completion: .file()
    )
    var out: String?

    @Flag(help: "Overwrite the file.")
    var force = false

    @Flag(help: "Do not tell the sender that it was opened.")
    var noReceipt = false

    @OptionGroup(title: "Context") var context: ContextOptions
    @OptionGroup(title: "Context") var mailbox: MailboxOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let terminal = Terminal.current
        try await CommandFailure.reportingAsync {
            let sink = PayloadSink(out: out, mayOverwrite: force, isJSON: output.json, terminal: terminal)
            try sink.check()
            try await ClientSession.run(context, mailbox, on: terminal) { session in
                let envelope = try await session.client.fetch(id, originator: originator)
                let message = try session.client.open(envelope)
                let description = OpenedDescription(message)
                for line in description.lines { terminal.message(line) }
                try sink.write(message.content)
                guard output.json else {
                    if !noReceipt { report(try await acknowledge(message, session), on: terminal) }
                    return
                }
                // The content may stand in the JSON: it is written before the receipt is sent, which then ends it.
                let json = description.json(out: sink.file)
                try terminal.print(bytes: Array(json.head.utf8))
                try terminal.synchronise()
                let acknowledgement: Acknowledgement?
                do {
                    acknowledgement = noReceipt ? nil : try await acknowledge(message, session)
                } catch {
                    try terminal.print(json.tail([]))
                    throw error
                }
                try terminal.print(json.tail(acknowledgement?.receipts ?? []))
                if let acknowledgement { report(acknowledgement, on: terminal) }
            }
        }
    }

    private func report(_ acknowledgement: Acknowledgement, on terminal: Terminal) {
        let what = acknowledgement.isDuplicate ? "receipt was sent before" : "receipt sent"
        for entry in acknowledgement.receipts where entry.kind == "delivery" {
            terminal.message("\(what): audit entry \(entry.index) of log `\(entry.log)`, proven")
        }
    }

    private func acknowledge(_ message: DeliveredMessage, _ session: ClientSession) async throws -> Acknowledgement {
        do {
            return try await session.client.acknowledge(message)
        } catch {
            let failure = CommandFailure(error, in: session.context)
            throw CommandFailure(
                "the message was opened, but its receipt was not sent: \(failure.message)",
                next: "open it again later to send the receipt",
                status: failure.status
            )
        }
    }
}
