import AccessPolicy
import ArgumentParser
import CanonicalEncoding
import OpenSSLCrypto
import SecurityLabels

/// `entente policy check`: whether a policy file is well formed, and what is in it.
struct PolicyCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read a policy strictly, prove its invariants, and say what is in it.",
        discussion: """
            The hash names the policy's meaning: comments and layout do not change it, and every decision in the audit \
            log carries it.

            EXAMPLES
              entente policy check Config/policy.yaml
              entente policy check --json Config/policy.yaml

            EXIT STATUS
              0 the policy is good, 11 it is not: the first error is printed with its file, line and column, or a request \
            that breaks an invariant
            """
    )

    @Argument(help: ArgumentHelp("The policy.", valueName: "file"), completion: .file(extensions: ["yaml"]))
    var file: String

    @Option(
        help: ArgumentHelp(
            "The coalition's policy, where FILE is a partner's addition to it; both together are checked.",
            valueName: "file"
        ),
        completion: .file(extensions: ["yaml"])
    )
    var baseline: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let policy = try PolicyFile.read(file, addingTo: baseline)
            try PolicyFile.prove(policy, file)
            let hash = PolicyFile.hash(of: policy)
            guard !output.json else {
                let json: JSONValue = [
                    "agreements": .integer(Int64(policy.agreements.count)),
                    "communities": .integer(Int64(policy.communities.count)),
                    "file": .string(file),
                    "guardrails": .integer(Int64(policy.guardrails.count)),
                    "hash": .string(hash.hex),
                    "invariants": .integer(Int64(policy.invariants.count)),
                    "name": .string(policy.name.rawValue),
                    "nodes": .integer(Int64(policy.nodes.count)),
                    "partners": .integer(Int64(policy.partners.count)),
                ]
                return try Terminal.current.print(json.indentedText)
            }
            try Terminal.current.print(
                """
                \(file): good
                  policy      \(policy.name)
                  hash        \(hash)
                  partners    \(policy.partners.count), with \(policy.nodes.count) nodes
                  communities \(policy.communities.count)
                  rules       \(policy.guardrails.count) guardrails and \(policy.agreements.count) agreements
                  invariants  \(policy.invariants.count), all proved
                """
            )
        }
    }
}
