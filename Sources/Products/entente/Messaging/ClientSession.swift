import CoalitionDirectory
import EntenteClient
import OpenSSLCrypto

/// A mailbox of a context at work: its keys and roots read, its node asked for the newest sheets.
struct ClientSession {
    let context: CommandContext
    let client: MailboxClient
    private let terminal: Terminal

    /// Runs `body` with the mailbox that the options choose, and ends the connection behind it.
    static func run<Value>(
        _ contextOptions: ContextOptions,
        _ mailboxOptions: MailboxOptions,
        on terminal: Terminal,
        _ body: (ClientSession) async throws -> Value
    ) async throws -> Value {
        let session = try ClientSession(contextOptions.load(), mailboxOptions, on: terminal)
        do {
            try await session.refreshDirectory()
            let value = try await body(session)
            await session.client.close()
            return value
        } catch {
            await session.client.close()
            guard let error = error as? ClientError else { throw error }
            throw CommandFailure(error, in: session.context)
        }
    }

    private init(
        _ context: CommandContext,
        _ options: MailboxOptions,
        on terminal: Terminal
    ) throws(CommandFailure) {
        let messaging = try context.requireMessaging()
        let (address, keys) = try context.mailbox(options.mailbox)
        var roots: [PartnerCode: [Certificate]] = [:]
        for (partner, path) in messaging.roots {
            roots[partner] = try Self.configured { () throws(CommandFailure) in try CertificateFile.readAll(path) }
        }
        var sheets: [PartnerCode: [UInt8]] = [:]
        for (partner, path) in messaging.sheets {
            sheets[partner] = try Self.configured { () throws(CommandFailure) in try WholeFile.read(path) }
        }
        var encryption: [MailboxCredentials.KeyPair] = []
        for pair in keys.encryption { encryption.append(try Self.keyPair(pair)) }
        let configuration = MailboxClientConfiguration(
            credentials: MailboxCredentials(
                address: address,
                signing: try Self.keyPair(keys.signing),
                encryption: encryption
            ),
            node: messaging.node,
            realm: context.realm,
            roots: roots,
            sheetFolder: messaging.directory,
            sheets: sheets
        )
        do {
            client = try MailboxClient(configuration)
        } catch {
            throw CommandFailure(error, in: context)
        }
        self.context = context
        self.terminal = terminal
    }

    /// Asks the node for the sheets, and says what is wrong with those that are refused.
    private func refreshDirectory() async throws(ClientError) {
        let refresh = try await client.refreshDirectory()
        for (partner, error) in refresh.refused.sorted(by: { $0.key < $1.key }) {
            let warning = terminal.styled("warning:", .warning, on: .message)
            terminal.message("\(warning) the node's sheet of `\(partner)` is refused, the one before counts: \(error)")
        }
    }

    /// What the configuration names and is not there, or is something else, is an error of the configuration.
    private static func configured<Value>(_ read: () throws(CommandFailure) -> Value) throws(CommandFailure) -> Value {
        do {
            return try read()
        } catch {
            throw CommandFailure(
                error.message,
                next: error.next ?? "correct the path in the configuration, or put the file there",
                status: .badConfiguration
            )
        }
    }

    private static func keyPair(_ pair: CommandContext.KeyPair) throws(CommandFailure) -> MailboxCredentials.KeyPair {
        let certificates = try configured { () throws(CommandFailure) in
            try CertificateFile.readAll(pair.certificate)
        }
        let key = try configured { () throws(CommandFailure) in try PrivateKeyFile.read(pair.key) }
        // After a renewal the file holds older certificates too; where none belongs to the key, the first says so.
        let certificate = certificates.first { $0.publicKey == key.publicKey } ?? certificates[0]
        do {
            return try MailboxCredentials.KeyPair(certificate: certificate, key: key)
        } catch {
            throw CommandFailure(
                "key `\(pair.key)`: \(error)",
                next: "correct the paths of certificate and key in the configuration",
                status: .badConfiguration
            )
        }
    }
}
