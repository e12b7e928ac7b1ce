import ArgumentParser

/// The options that choose the log to read: a running node's, or a copied database.
struct LogSourceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Read a copied database instead of asking a node.", valueName: "file"),
        completion: .file(extensions: ["sqlite"])
    )
    var file: String?

    @OptionGroup var node: OperatorOptions

    func validate() throws {
        if file != nil, node.socket != nil { throw ValidationError("expected one of --file and --socket, got both") }
    }

    func source() throws(CommandFailure) -> LogSource {
        if let file { return try LogSource.copy(of: file) }
        return .node(try node.client())
    }
}
