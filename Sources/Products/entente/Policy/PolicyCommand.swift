import ArgumentParser

/// `entente policy`: what officers do with a policy.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Check, test, explain, sign and activate a policy.",
        discussion: """
            A policy is a YAML file; Docs/policy.md is its reference. Only activate, history and rollback ask a node, \
            through its operator socket.
            """,
        subcommands: [
            PolicyCheckCommand.self, PolicyTestCommand.self, PolicyExplainCommand.self, PolicyMatrixCommand.self,
            PolicyWhoCanSeeCommand.self, PolicyDiffCommand.self, PolicyExpiringCommand.self, PolicySignCommand.self,
            PolicyActivateCommand.self, PolicyHistoryCommand.self, PolicyRollbackCommand.self,
        ]
    )
}
