import ArgumentParser

/// Measures the audit log alone, without network, policy or messages.
@main
struct LogBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-bench",
        abstract:
            "Measure the audit log: commits, verification, searches and retention. Results are JSON on standard output.",
        subcommands: [WriteCommand.self, FillCommand.self, VerifyCommand.self, SearchCommand.self, RetainCommand.self]
    )
}
