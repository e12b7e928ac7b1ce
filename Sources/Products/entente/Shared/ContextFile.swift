import CoalitionDirectory

/// The command's configuration file: the nodes and mailboxes that its user works with, each set under a name.
///
/// See `Docs/command.md` for the form.
struct ContextFile: Hashable, Sendable {
    /// Where it was read, for messages.
    let path: String
    /// The context that counts when none is named; nil when the file has several and says nothing.
    let defaultName: String?
    let contexts: [String: CommandContext]

    /// The context with the name, or the default one.
    func context(_ name: String?) throws(CommandFailure) -> CommandContext {
        let known = contexts.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
        guard let name = name ?? defaultName else {
            throw CommandFailure(
                "\(path): expected a context to be chosen from \(known)",
                next: "name one with --context, or write `default: NAME` into the file",
                status: .badConfiguration
            )
        }
        guard let context = contexts[name] else {
            throw CommandFailure(
                "\(path): no context `\(name)`: expected one of \(known)",
                next: "choose another with --context, or add it to the file",
                status: .badConfiguration
            )
        }
        return context
    }
}

/// What the command works with: a partner, its node, and what is needed for each kind of work there.
struct CommandContext: Hashable, Sendable {
    let name: String
    /// The file and line where it begins, for messages.
    let place: String
    let partner: PartnerCode
    let realm: Realm
    /// What sending and receiving need.
    let messaging: Messaging?
    /// The policy that markings are read by.
    let policy: String?
    /// The socket of the node's operators.
    let operatorSocket: String?

    /// What is needed to talk to a node as one of its mailboxes. Paths are absolute.
    struct Messaging: Hashable, Sendable {
        let node: Endpoint
        /// The pinned roots of each partner, as files of PEM certificates.
        let roots: [PartnerCode: String]
        /// The folder in which accepted sheets are kept.
        let directory: String
        /// Sheets to begin with.
        let sheets: [PartnerCode: String]
        let mailboxes: [MailboxName: Mailbox]
    }

    /// The keys of a mailbox, as paths.
    struct Mailbox: Hashable, Sendable {
        let signing: KeyPair
        /// The current one first; older ones still open older messages.
        let encryption: [KeyPair]
    }

    struct KeyPair: Hashable, Sendable {
        let certificate: String
        let key: String
    }

    /// What sending and receiving need; an error when the context does not have it.
    func requireMessaging() throws(CommandFailure) -> Messaging {
        guard let messaging else {
            throw missing("`node`, `roots`, `directory` and `mailboxes`, which messages need")
        }
        return messaging
    }

    /// The path of the policy; an error when the context does not have one.
    func requirePolicy() throws(CommandFailure) -> String {
        guard let policy else { throw missing("`policy`, by which markings are read") }
        return policy
    }

    /// The path of the operators' socket; an error when the context does not have one.
    func requireOperatorSocket() throws(CommandFailure) -> String {
        guard let operatorSocket else { throw missing("`operator-socket`, through which operators work") }
        return operatorSocket
    }

    /// The mailbox to act as: the one that is named, or the only one there is.
    func mailbox(_ name: MailboxName?) throws(CommandFailure) -> (address: MailboxAddress, keys: Mailbox) {
        let mailboxes = try requireMessaging().mailboxes
        let known = mailboxes.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
        guard let name = name ?? (mailboxes.count == 1 ? mailboxes.keys.first : nil) else {
            throw CommandFailure(
                "\(place): context `\(self.name)` has several mailboxes: expected one of \(known)",
                next: "name one with --as",
                status: .badConfiguration
            )
        }
        guard let keys = mailboxes[name] else {
            throw CommandFailure(
                "\(place): context `\(self.name)` has no mailbox `\(name)`: expected one of \(known)",
                next: "choose another with --as, or add it under `mailboxes`",
                status: .badConfiguration
            )
        }
        return (MailboxAddress(partner: partner, mailbox: name), keys)
    }

    private func missing(_ what: String) -> CommandFailure {
        CommandFailure(
            "\(place): context `\(name)` has no \(what)",
            next: "add it to the file, or choose another context with --context",
            status: .badConfiguration
        )
    }
}
