import ArgumentParser

/// `entente pki issue`: keys and certificates for what the partner runs and who works there.
struct PKIIssueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue",
        abstract: "Make a key and its certificate for a node, a mailbox, an officer or an operator.",
        discussion: "Where the key is to stay with its holder, use `entente pki sign-request` instead.",
        subcommands: [
            PKIIssueNodeCommand.self, PKIIssueMailboxCommand.self, PKIIssueOfficerCommand.self,
            PKIIssueOperatorCommand.self,
        ]
    )
}
