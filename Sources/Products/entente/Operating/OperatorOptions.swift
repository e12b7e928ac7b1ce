import ArgumentParser

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

    func client() throws(CommandFailure) -> OperatorClient {
        if let socket { return OperatorClient(socket: socket) }
        return OperatorClient(socket: try context.load().requireOperatorSocket())
    }
}
