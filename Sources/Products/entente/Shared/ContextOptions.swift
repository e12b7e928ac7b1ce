import ArgumentParser
import CoalitionDirectory
import Foundation

/// The options that choose what a command works with.
struct ContextOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The configuration file.",
            discussion: "Without it: ENTENTE_CONFIG, else ~/.config/entente/config.yaml.",
            valueName: "file"
        ),
        completion: .file(extensions: ["yaml"])
    )
    var config: String?

    @Option(help: ArgumentHelp("The context in it; its `default` when left out.", valueName: "name"))
    var context: String?

    /// The context that the options choose.
    func load() throws(CommandFailure) -> CommandContext {
        let path = config ?? ContextFile.defaultPath(environment: ProcessInfo.processInfo.environment)
        return try ContextFile.read(path).context(context)
    }
}

/// The option that chooses the mailbox to act as.
struct MailboxOptions: ParsableArguments {
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("The mailbox to act as; needed where the context has several.", valueName: "mailbox"),
        transform: MailboxName.init(argument:)
    )
    var mailbox: MailboxName?
}

/// The option that asks for output that programs read.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON on standard output.")
    var json = false
}

extension MailboxName {
    init(argument: String) throws {
        do {
            try self.init(argument)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
