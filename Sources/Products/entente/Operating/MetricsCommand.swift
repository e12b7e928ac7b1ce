import ArgumentParser

/// `entente metrics`: a node's numbers for a monitoring system.
struct MetricsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Print a node's numbers in the Prometheus text format.",
        discussion: """
            Asks the node through its operator socket. A collector of text files takes them from a file, which a timer \
            replaces whole; `curl --unix-socket` reads the same from `GET /v1/metrics`.

            EXAMPLES
              entente metrics
              entente metrics > entente.prom.new && mv entente.prom.new entente.prom

            EXIT STATUS
              0 done, 4 this account may not ask, 5 no node answers, 64 usage
            """
    )

    @OptionGroup var node: OperatorOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            try Terminal.current.print(bytes: try await node.client().getBytes("/v1/metrics"))
        }
    }
}
