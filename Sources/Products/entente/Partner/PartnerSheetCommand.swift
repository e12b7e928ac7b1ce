import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory

/// `entente partner sheet`: the next version of a partner's sheet.
struct PartnerSheetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sheet",
        abstract: "Make and sign the next version of a partner's sheet.",
        discussion: """
            The sheet is written to sheet.cms in the partner's folder, and kept there under its version too. The others
            take it from the partner's nodes, or as a file.

            A node keeps its log key for life. Only when its log has lost its end, after a restore from a backup, does a \
            new log begin under another key: --new-log says so.

            EXAMPLES
              entente partner sheet --config Config/directory/GBR.yaml --certs Certs/GBR
              entente partner sheet --config Config/directory/GBR.yaml --certs Certs/GBR --new-log gbr-1
            """
    )

    @Option(help: ArgumentHelp("The partner's configuration.", valueName: "file"))
    var config: String

    @OptionGroup var certificates: CertificatesOption

    @Option(help: ArgumentHelp("Where to write one more copy.", valueName: "file"))
    var out: String?

    @Option(
        help: ArgumentHelp("The log of this node has ended: list the key of a new one.", valueName: "node"),
        transform: { try NodeName($0) }
    )
    var newLog: [NodeName] = []

    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let configuration = try PartnerConfiguration(try WholeFile.read(config), file: config)
            let builder = SheetBuilder(
                configuration: configuration,
                folder: certificates.folder,
                time: .now(),
                newLogs: Set(newLog)
            )
            let terminal = Terminal.current
            var warnings: [String] = []
            let signed = try builder.publish { warning in
                warnings.append(warning)
                terminal.message("\(terminal.styled("warning:", .warning, on: .message)) \(warning)")
            }
            if let out, out != certificates.folder.sheet { try WholeFile.replace(out, with: signed.bytes) }
            let sheet = signed.sheet
            let file = out ?? certificates.folder.sheet
            terminal.message(
                "signed version \(sheet.version) of the sheet of \(sheet.code), in force until \(sheet.nextUpdate)"
            )
            if output.json {
                try terminal.print(
                    json: [
                        "file": .string(file), "next-update": .string(sheet.nextUpdate.rfc3339),
                        "version": .integer(Int64(clamping: sheet.version)),
                        "warnings": .array(warnings.map { .string($0) }),
                    ]
                )
            } else {
                try terminal.print(file)
            }
        }
    }
}
