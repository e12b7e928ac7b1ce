import ArgumentParser
import CanonicalEncoding
import SecurityLabels

/// `entente label stix`: the Traffic Light Protocol markings of a STIX 2.1 file.
struct LabelSTIXCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stix",
        abstract: "Say how a STIX 2.1 file is marked.",
        discussion: """
            Prints the most restrictive marking of the file's objects. Markings are known by their fixed identifiers; \
            TLP 1 and TLP 2 stay apart.

            EXAMPLES
              entente label stix bundle.json
              entente label stix bundle.json --json

            EXIT STATUS
              0 every object is marked, 1 the file is refused, or an object has no marking
            """
    )

    @Argument(help: "The file.", completion: .file(extensions: ["json"]))
    var file: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let markings = try CommandFailure.reporting { () throws(CommandFailure) -> STIXMarkings in
            let bytes = try WholeFile.read(file)
            do {
                return try STIXMarkings.parse(stix: bytes)
            } catch {
                throw CommandFailure("`\(file)`, \(error)")
            }
        }
        let terminal = Terminal.current
        if output.json {
            try terminal.print(json: Self.json(markings))
        } else if let marking = markings.mostRestrictive {
            try terminal.print("\(marking)")
        }
        for other in markings.otherMarkings {
            terminal.message("note: `\(PrintableText.line(other))` is not a TLP marking")
        }
        guard markings.unmarked.isEmpty else {
            let first = markings.unmarked.prefix(3).map { "`\(PrintableText.line($0))`" }.joined(separator: ", ")
            terminal.message(
                "\(terminal.styled("error:", .failure, on: .message)) \(markings.unmarked.count) of "
                    + "\(markings.objects.count) objects have no TLP marking, which is no permission: \(first)"
            )
            throw ExitCode(ExitStatus.failed.rawValue)
        }
    }

    private static func json(_ markings: STIXMarkings) -> JSONValue {
        var members: [String: JSONValue] = [
            "objects": .integer(Int64(markings.objects.count)),
            "unmarked": .array(markings.unmarked.map { .string($0) }),
            "other-markings": .array(markings.otherMarkings.map { .string($0) }),
        ]
        if let marking = markings.mostRestrictive {
            members["marking"] = .string(marking.word)
            members["tlp-version"] = .integer(Int64(marking.version.rawValue))
            members["marking-definition"] = .string(marking.markingDefinitionID)
        }
        return .object(members)
    }
}
