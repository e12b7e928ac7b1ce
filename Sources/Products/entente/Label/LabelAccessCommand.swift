import ArgumentParser
import CanonicalEncoding
import SecurityLabels

/// `entente label access`: whether the holder of a clearance may see a label, and why not.
struct LabelAccessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access",
        abstract: "Say whether the holder of a clearance may see a label, and why not.",
        discussion: """
            The clearance is for a classification and every one below it under the same label policy, and for the \
            values that the holder is read in to or belongs to: compartments, caveats, codes of nations and groups. It \
            holds a label that it covers: its classification, every value that restricts, and one of each list of \
            those whom it may go to. Words of two label policies are never taken for one another.

            It answers for a person or a system and one label. What crosses between partners is decided by the policy: \
            see policy explain.

            EXAMPLES
              entente label access 'SECRET//SI//REL TO USA, GBR' --clearance 'TOP SECRET' --value SI --value GBR
              entente label access 'UK SECRET' --clearance OFFICIAL --json

            EXIT STATUS
              0 it may be seen, 3 it may not, 1 the marking cannot be read, 11 a label policy is not well formed, \
            64 usage
            """
    )

    @Argument(help: "The marking, in quotes.")
    var marking: String

    @Option(help: ArgumentHelp("The highest classification that the holder is cleared for.", valueName: "word"))
    var clearance: String

    @Option(
        help: ArgumentHelp(
            "A compartment, caveat or code that the holder has; may be given several times.",
            valueName: "value"
        )
    )
    var value: [String] = []

    @Option(
        help: ArgumentHelp(
            "The label policy of the clearance, where it is another than the marking's.",
            valueName: "name"
        )
    )
    var clearanceUnder: String?

    @OptionGroup var options: LabelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let verdict = try CommandFailure.reporting { () throws(CommandFailure) -> ClearanceVerdict in
            let set = try options.set()
            let label = try options.read(marking, by: set).label
            let held = try clearance(under: label.policy, in: set)
            let banner = try set.markings(of: label).banner
            let verdict = held.holds(label, by: set)
            var reasons: [String] = []
            if case .notHeld(let missing) = verdict { reasons = missing }
            guard !output.json else {
                let json: JSONValue = [
                    "access": .bool(verdict == .held),
                    "banner": .string(banner),
                    "clearance": [
                        "classifications": LabelOutput.json(held.classifications.sorted().map(\.rawValue)),
                        "policy": .string(held.policy.rawValue),
                        "values": LabelOutput.json(held.values.sorted()),
                    ],
                    "reasons": LabelOutput.json(reasons),
                ]
                try Terminal.current.print(json: json)
                return verdict
            }
            try Terminal.current.print("\(banner) \(verdict == .held ? "may be seen" : "may not be seen")")
            for reason in reasons { try Terminal.current.print("  \(reason)") }
            return verdict
        }
        if verdict != .held { throw ExitCode(ExitStatus.denied.rawValue) }
    }

    private func clearance(
        under policy: LabelPolicyName,
        in set: LabelPolicySet
    ) throws(CommandFailure) -> Clearance {
        var policy = policy
        if let clearanceUnder { policy = try LabelOptions.policy(clearanceUnder, in: set) }
        do {
            return try Clearance(policy: policy, upTo: Classification(clearance), values: Set(value), in: set)
        } catch {
            let known = set[policy]?.ladders.flatMap(\.words).map { "`\($0.classification)`" } ?? []
            throw CommandFailure(
                "unknown classification `\(clearance)` of \(policy): expected one of \(known.joined(separator: ", "))",
                next: "correct --clearance, or name its label policy with --clearance-under",
                status: .usage
            )
        }
    }
}
