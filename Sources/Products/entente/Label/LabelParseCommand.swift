import ArgumentParser
import CanonicalEncoding
import SecurityLabels

/// `entente label parse`: what a marking says.
struct LabelParseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Read a marking and say what it means.",
        discussion: """
            The marking is read as people write it, in banner or portion form. The answer has both forms as the label \
            policy writes them, and the label's parts. A marking that cannot be read is refused with the text, its \
            column and what was expected there.

            EXAMPLES
              entente label parse 'TOP SECRET//SI/TK//REL TO USA, FVEY'
              entente label parse '(TS//SI-G//OC/NF)' --json
              entente label parse 'SECRET' --under GBR
              entente label parse 'TLP:WHITE' --owner ACME

            EXIT STATUS
              0 read, 1 the marking cannot be read, 11 a label policy is not well formed, 64 usage
            """
    )

    @Argument(help: "The marking, in quotes.")
    var marking: String

    @OptionGroup var options: LabelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let set = try options.set()
            let read = try options.read(marking, by: set)
            let (banner, portion) = try set.markings(of: read.label)
            guard !output.json else {
                var json = LabelOutput.json(read.label, banner: banner, portion: portion).objectValue ?? [:]
                json["form"] = .string(read.form.rawValue)
                json["notes"] = LabelOutput.json(read.notes)
                return try Terminal.current.print(json: .object(json))
            }
            let lines = LabelOutput.lines(read.label, banner: banner, portion: portion) + LabelOutput.notes(read.notes)
            for line in lines { try Terminal.current.print(line) }
        }
    }
}
