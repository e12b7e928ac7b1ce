import ArgumentParser
import CanonicalEncoding
import SecurityLabels

/// `entente label convert`: what a label's classification is worth elsewhere.
struct LabelConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Say what a label's classification is worth under other label policies.",
        discussion: """
            The dated tables of the label policies answer, never the order of the levels; where they are silent, none \
            is known. An equivalent stands beside the originator's own label and never replaces it: compartments, \
            caveats and releasability have no equivalents.

            EXAMPLES
              entente label convert 'UK SECRET'
              entente label convert 'GEHEIM' --to NATO
              entente label convert 'NATO CONFIDENTIAL' --to FRA --at 2021-06-30

            EXIT STATUS
              0 an equivalent is known, 1 none is, or the marking cannot be read, 11 a label policy is not well \
            formed, 64 usage
            """
    )

    @Argument(help: "The marking, in quotes.")
    var marking: String

    @Option(help: ArgumentHelp("The other label policy; every one when left out.", valueName: "name"))
    var to: String?

    @Option(help: "The time that counts, RFC 3339 or a day; now when left out.", transform: LabelOptions.time)
    var at: Timestamp?

    @OptionGroup var options: LabelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let isKnown = try CommandFailure.reporting { () throws(CommandFailure) -> Bool in
            let set = try options.set()
            let label = try options.read(marking, by: set).label
            let targets: [LabelPolicyName]
            if let to {
                targets = [try LabelOptions.policy(to, in: set)]
            } else {
                targets = set.policies.map(\.name).filter { $0 != label.policy }
            }
            let answers = targets.map { (target: $0, answer: set.convert(label, to: $0, at: at ?? .now())) }
            try print(label, answers, set)
            return answers.contains { if case .equivalent = $0.answer { true } else { false } }
        }
        if !isKnown { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private typealias Answers = [(target: LabelPolicyName, answer: LabelConversion)]

    private func print(
        _ label: ConfidentialityLabel,
        _ answers: Answers,
        _ set: LabelPolicySet
    ) throws(CommandFailure) {
        let (banner, portion) = try set.markings(of: label)
        let terminal = Terminal.current
        guard !output.json else {
            var json = LabelOutput.json(label, banner: banner, portion: portion).objectValue ?? [:]
            json["equivalents"] = .object(
                Dictionary(uniqueKeysWithValues: answers.map { ($0.target.rawValue, Self.json($0.answer)) })
            )
            return try terminal.print(json: .object(json))
        }
        try terminal.print(LabelOutput.line("label", banner))
        for (target, answer) in answers {
            switch answer {
            case .equivalent(let found):
                let through = found.through.map { ", through \($0)" } ?? ""
                try terminal.print(LabelOutput.line(target.rawValue, "\(found.marking)\(through)"))
                for step in found.steps { try terminal.print(LabelOutput.line("", step)) }
            case .noneKnown:
                try terminal.print(LabelOutput.line(target.rawValue, "none known"))
            }
        }
    }

    private static func json(_ answer: LabelConversion) -> JSONValue {
        switch answer {
        case .noneKnown(let reason):
            return ["known": .bool(false), "reason": .string(reason)]
        case .equivalent(let found):
            return [
                "classification": .string(found.classification.rawValue), "known": .bool(true),
                "marking": .string(found.marking), "steps": LabelOutput.json(found.steps),
                "through": found.through.map { .string($0.rawValue) } ?? .null,
            ]
        }
    }
}
