import ArgumentParser
import CanonicalEncoding

/// `entente audit witness-policy`: whose cosignatures make a checkpoint of this log a witnessed one.
struct AuditWitnessPolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness-policy",
        abstract: "Print the policy of logs and witnesses (C2SP tlog-policy) by which the node judges its own log.",
        discussion: """
            The log's key, the keys of the partners' nodes as witnesses, and the quorum. With it any tool that knows the \
            format can judge a proof of `entente audit prove`.

            EXAMPLES
              entente audit witness-policy > gbr-1.policy
            """
    )

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let answer = try await node.client().get("/v1/audit/witness-policy")
            if output.json { return try Terminal.current.print(json: answer) }
            let policy = try AnswerFields(answer, "the policy").text("policy")
            try Terminal.current.print(bytes: Array(policy.utf8))
        }
    }
}
