import ArgumentParser

/// `entente policy`: what officers do with a policy.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Check, test, explain, analyse, sign and activate a policy.",
        discussion: """
            A policy is a YAML file; Docs/policy.md is its reference. Only activate, history, rollback and, without a \
            file, replay ask a node, through its operator socket.
            """,
        subcommands: [
            PolicyCheckCommand.self, PolicyTestCommand.self, PolicyExplainCommand.self, PolicyMatrixCommand.self,
            PolicyWhoCanSeeCommand.self, PolicyDiffCommand.self, PolicyExpiringCommand.self, PolicyReplayCommand.self,
            PolicySignCommand.self, PolicyActivateCommand.self, PolicyHistoryCommand.self, PolicyRollbackCommand.self,
        ]
    )
}
