import ArgumentParser

/// `entente policy`: what officers do with a policy, offline.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Check, test and explain a policy.",
        discussion: "A policy is a YAML file; Docs/policy.md is its reference. Nothing here needs a node.",
        subcommands: [
            PolicyCheckCommand.self, PolicyTestCommand.self, PolicyExplainCommand.self, PolicyMatrixCommand.self,
            PolicyWhoCanSeeCommand.self, PolicyDiffCommand.self, PolicyExpiringCommand.self,
        ]
    )
}
