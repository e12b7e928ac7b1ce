import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory

/// `entente partner show`: what a sheet says, in words.
struct PartnerShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what a sheet says. Verifies nothing.",
        discussion: """
            EXAMPLE
              entente partner show Certs/GBR/sheet.cms
            """
    )

    @Argument(help: ArgumentHelp("The signed sheet.", valueName: "file"))
    var file: String

    @Flag(help: "Print the signed JSON.")
    var json = false

    func run() throws {
        try CommandFailure.reporting {
            let sheet = try SheetDescription.read(try WholeFile.read(file), file: file)
            Terminal.current.message("not verified: `entente partner verify` says whether it holds")
            try Terminal.current.print(json ? sheet.json.indentedText : SheetDescription.describe(sheet))
        }
    }
}
