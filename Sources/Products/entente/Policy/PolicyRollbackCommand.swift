import ArgumentParser
import NIOCore

/// `entente policy rollback`: puts a policy in force again.
struct PolicyRollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Put a policy in force again that has been before.",
        discussion: """
            The node judges it as it judges a new one: by its tests and invariants, and by the approvals that it was \
            given then, of which the policy in force now must be satisfied and whose certificates must still hold.

            EXAMPLE
              entente policy rollback 5a0f3c91d2

            EXIT STATUS
              0 it is in force, 1 it was refused and the one before stays, 4 the caller is no operator, 5 no node answers
            """
    )

    @Argument(help: ArgumentHelp("The policy's hash, or enough of its beginning.", valueName: "hash"))
    var hash: String

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let client = try node.client(timeout: .seconds(120))
            let full = try await PolicyHash.full(hash, by: client)
            try PolicyChangeText.print(try await client.post("/v1/policies/\(full)/rollback"), json: output.json)
        }
    }
}
