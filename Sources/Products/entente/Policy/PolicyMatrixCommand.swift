import AccessPolicy
import ArgumentParser
import CanonicalEncoding
import SecurityLabels

/// `entente policy matrix`: who may get what.
struct PolicyMatrixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "matrix",
        abstract: "Show who may get what from whom.",
        discussion: """
            A row for each partner that has information, a column for each that may get it. The table says the highest \
            level; below it stands in which cases what flows. It is exact for every label of one owner, and nothing is \
            left out: what is not in it is denied.

            `S` alone: every plain label up to this level flows, whoever of the owners it is of, that is one without \
            compartment, caveat and community, whatever its type and the rest. `S*`: up to this level in some cases. \
            `+2`: two words without a level. `-`: nothing.

            EXAMPLES
              entente policy matrix Config/policy.yaml
              entente policy matrix Config/policy.yaml --holder GBR --owner own
              entente policy matrix Config/policy.yaml --recipient ACME --type STIX --at 2027-06-01
              entente policy matrix Config/policy.yaml --csv >flows.csv
              entente policy matrix Config/policy.yaml --svg >matrix.svg

            EXIT STATUS
              0 done, 11 the policy is not well formed, 64 it does not have what was asked for
            """
    )

    @Argument(help: ArgumentHelp("The policy.", valueName: "policy"), completion: .file(extensions: ["yaml"]))
    var policyFile: String

    @OptionGroup var question: FlowQuestionOptions

    @Option(help: ArgumentHelp("Only what this partner has; may be repeated.", valueName: "partner"))
    var holder: [String] = []

    @Option(help: ArgumentHelp("Only what this partner may get; may be repeated.", valueName: "partner"))
    var recipient: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only information of this owner, `own` for the holder's own; may be repeated.",
            valueName: "owner"
        )
    )
    var owner: [String] = []

    @Option(help: ArgumentHelp("Only labels at this level of the ladder; may be repeated.", valueName: "level"))
    var level: [String] = []

    @Option(help: ArgumentHelp("Only messages of this type; may be repeated.", valueName: "type"))
    var type: [String] = []

    @Option(help: ArgumentHelp("Only labels with this community; may be repeated.", valueName: "community"))
    var community: [String] = []

    @Flag(help: "Print the table alone, without the cases.")
    var brief = false

    @Flag(help: "Print every flow as comma-separated values.")
    var csv = false

    @Flag(help: "Print the table as a picture, SVG.")
    var svg = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if [csv, svg, output.json].count(where: \.self) > 1 {
            throw ValidationError("expected one of --csv, --svg and --json, got several")
        }
        if owner.contains("own"), owner.count > 1 {
            throw ValidationError("expected --owner own alone or names of owners, got both")
        }
    }

    func run() throws {
        try CommandFailure.reporting {
            let policy = try PolicyFile.read(policyFile)
            let matrix = PolicyMatrix(
                policy,
                at: question.time,
                realm: try question.realm(of: policy),
                filter: try filter(policy)
            )
            let terminal = Terminal.current
            if output.json { return try terminal.print(json: matrix.json) }
            if csv { return try terminal.print(bytes: Array(matrix.csv.utf8)) }
            if svg { return try terminal.print(bytes: Array(matrix.svg.utf8)) }
            var text = "\(matrix.heading)\n\n\(matrix.table(width: terminal.width(of: .data)))\n"
            text += (["\n"] + matrix.legend).joined(separator: "\n").dropFirst()
            if !brief, !matrix.cases.isEmpty { text += "\n\n" + matrix.cases.joined(separator: "\n\n") }
            try terminal.print(PrintableText.paragraphs(text))
        }
    }

    private func filter(_ policy: Policy) throws(CommandFailure) -> MatrixFilter {
        var filter = MatrixFilter()
        let partners = policy.partners.keys.map(\.rawValue)
        filter.holders = try Self.known(holder, "--holder", "a partner", partners).map { PolicyPartner($0) }
        filter.recipients = try Self.known(recipient, "--recipient", "a partner", partners).map { PolicyPartner($0) }
        filter.isOwnAlone = owner == ["own"]
        if !filter.isOwnAlone {
            filter.owners = try Self.named(owner, "--owner", "an owner of information", policy.ladder.equivalents.keys)
        }
        filter.levels = try Self.named(level, "--level", "a level", policy.ladder.levels)
        filter.types = try Self.named(type, "--type", "a message type", policy.types)
        filter.communities = try Self.named(community, "--community", "a community", policy.communities.keys)
        return filter
    }

    private static func named<Name: CustomStringConvertible>(
        _ texts: [String],
        _ option: String,
        _ what: String,
        _ names: some Sequence<Name>
    ) throws(CommandFailure) -> [Name] {
        let known = Dictionary(names.map { ($0.description, $0) }, uniquingKeysWith: { first, _ in first })
        return try Self.known(texts, option, what, known.keys).compactMap { known[$0] }
    }

    /// The texts, all of which must be among the names of the policy.
    private static func known(
        _ texts: [String],
        _ option: String,
        _ what: String,
        _ names: some Sequence<String>
    ) throws(CommandFailure) -> [String] {
        let names = Set(names)
        for text in texts where !names.contains(text) {
            throw CommandFailure(
                "\(option): expected \(what) of the policy, got `\(text)`",
                next: names.isEmpty
                    ? "leave it out: the policy has none" : "use one of \(names.sorted().joined(separator: ", "))",
                status: .usage
            )
        }
        return texts
    }
}
