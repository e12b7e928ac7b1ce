import ArgumentParser
import CanonicalEncoding
import SecurityLabels

/// `entente label rollup`: the marking of a whole, from those of its portions.
struct LabelRollUpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollup",
        abstract: "Give the marking of a whole that is made of marked portions.",
        discussion: """
            The whole has the highest level, every restriction, and the recipients that all portions share. Portions \
            that share none give the policy's word for that, such as NOFORN. Everything that is dropped or decided on \
            the way is said. The portions are of one label policy.

            EXAMPLES
              entente label rollup '(S//REL TO USA, FVEY)' '(C//REL TO USA, GBR, FRA)'
              entente label rollup '(U//FOUO)' '(S//NF)' --under USA
              entente label rollup 'TLP:GREEN' 'TLP:AMBER+STRICT' --json

            EXIT STATUS
              0 done, 1 no marking can sum them up, or one cannot be read, 11 a label policy is not well formed, 64 usage
            """
    )

    @Argument(help: "The markings of the portions, each in quotes.")
    var markings: [String]

    @OptionGroup var options: LabelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let set = try options.set()
            var labels: [ConfidentialityLabel] = []
            for marking in markings { labels.append(try options.read(marking, by: set).label) }
            let whole: LabelRollUp
            do {
                whole = try set.rollUp(labels)
            } catch {
                throw CommandFailure("\(error)", next: "mark the portions so that one marking can hold them all")
            }
            let (banner, portion) = try set.markings(of: whole.label)
            guard !output.json else {
                var json = LabelOutput.json(whole.label, banner: banner, portion: portion).objectValue ?? [:]
                json["notes"] = LabelOutput.json(whole.notes)
                json["releasable-to-nobody-else"] = .bool(whole.isReleasableToNobodyElse)
                return try Terminal.current.print(json: .object(json))
            }
            let lines =
                LabelOutput.lines(whole.label, banner: banner, portion: portion) + LabelOutput.notes(whole.notes)
            for line in lines { try Terminal.current.print(line) }
        }
    }
}
