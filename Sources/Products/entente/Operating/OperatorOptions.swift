import ArgumentParser
import NIOCore

/// The options that choose the node to ask: its operators' socket, or the context that names it.
struct OperatorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The node's operator socket; without it, that of the context.",
            valueName: "path"
        ),
        completion: .file()
    )
    var socket: String?

    @OptionGroup var context: ContextOptions

    /// - Parameter timeout: how long an answer may take.
    func client(timeout: TimeAmount = .seconds(10)) throws(CommandFailure) -> OperatorClient {
        if let socket { return OperatorClient(socket: socket, timeout: timeout) }
        return OperatorClient(socket: try context.load().requireOperatorSocket(), timeout: timeout)
    }
}
