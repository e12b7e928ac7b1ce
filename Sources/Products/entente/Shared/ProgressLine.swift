import CanonicalEncoding

/// One line on standard error that says how far long work has come; nothing where no person reads it.
struct ProgressLine {
    /// Milliseconds between two states of the line.
    private static let pace: Int64 = 100

    private let terminal: Terminal
    private var shown: Int64?

    init(on terminal: Terminal) { self.terminal = terminal }

    /// Shows the state, unless the line was just written.
    mutating func show(_ text: @autoclosure () -> String) {
        guard terminal.isMessageTerminal else { return }
        let now = Timestamp.now().millisecondsSinceEpoch
        guard now - (shown ?? 0) >= Self.pace else { return }
        shown = now
        terminal.rewrite(text())
    }

    /// Takes the line away.
    mutating func end() {
        if shown != nil { terminal.rewrite("") }
        shown = nil
    }
}
