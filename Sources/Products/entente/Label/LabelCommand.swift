import ArgumentParser

/// `entente label`: labels read, written and exchanged, offline.
struct LabelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract: "Read labels, and exchange them with other systems.",
        discussion:
            "Docs/labels-stanag-4774.md says how other formats are read and written. Nothing here needs a node.",
        subcommands: [LabelImportCommand.self, LabelExportCommand.self, LabelSTIXCommand.self]
    )
}
