import ArgumentParser
import CanonicalEncoding
import SecurityLabels

/// `entente label compare`: which of two labels restricts more.
struct LabelCompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Say which of two labels restricts more.",
        discussion: """
            One label dominates another when it is at least as restrictive in level, in values that must all be held, \
            and in its recipients. Levels of two label policies compare by their dated tables only. What merely \
            informs is left aside.

            EXAMPLES
              entente label compare 'TOP SECRET//SI//NOFORN' 'SECRET//REL TO USA, GBR'
              entente label compare 'GEHEIM' 'UK SECRET' --at 2026-01-01
              entente label compare SECRET SECRET --under USA --other-under GBR

            EXIT STATUS
              0 they compare, 1 they do not, or one cannot be read, 11 a label policy is not well formed, 64 usage
            """
    )

    @Argument(help: "The first marking, in quotes.")
    var first: String

    @Argument(help: "The second marking, in quotes.")
    var second: String

    @Option(help: ArgumentHelp("The label policy of the second marking, where it is another.", valueName: "name"))
    var otherUnder: String?

    @Option(help: "The time that counts, RFC 3339 or a day; now when left out.", transform: LabelOptions.time)
    var at: Timestamp?

    @OptionGroup var options: LabelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let order = try CommandFailure.reporting { () throws(CommandFailure) -> LabelOrder in
            let set = try options.set()
            let left = try options.read(first, by: set).label
            let right = try options.read(second, by: set, under: otherUnder).label
            let comparison = set.compare(left, right, at: at ?? .now())
            let (leftBanner, rightBanner) = (try set.markings(of: left).banner, try set.markings(of: right).banner)
            guard !output.json else {
                let json: JSONValue = [
                    "first": .string(leftBanner), "order": .string(comparison.order.rawValue),
                    "reasons": LabelOutput.json(comparison.reasons), "second": .string(rightBanner),
                ]
                try Terminal.current.print(json: json)
                return comparison.order
            }
            try Terminal.current.print("\(leftBanner) \(Self.words(comparison.order)) \(rightBanner)")
            for reason in comparison.reasons { try Terminal.current.print("  \(reason)") }
            return comparison.order
        }
        if order == .incomparable { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private static func words(_ order: LabelOrder) -> String {
        switch order {
        case .equal: "restricts as much as"
        case .dominates: "restricts more than"
        case .dominated: "restricts less than"
        case .incomparable: "does not compare with"
        }
    }
}
