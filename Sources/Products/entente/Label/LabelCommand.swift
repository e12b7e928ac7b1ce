import ArgumentParser

/// `entente label`: labels read, written and exchanged, offline.
struct LabelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract: "Read, compare and roll up labels, say who may see one, and exchange them with other systems.",
        discussion: """
            Docs/labels.md is the reference of markings and label policies, Docs/labels-stanag-4774.md says how other \
            formats are read and written. Nothing here needs a node.
            """,
        subcommands: [
            LabelParseCommand.self,
            LabelConvertCommand.self,
            LabelRollUpCommand.self,
            LabelCompareCommand.self,
            LabelAccessCommand.self,
            LabelImportCommand.self,
            LabelExportCommand.self,
            LabelSTIXCommand.self,
        ]
    )
}
