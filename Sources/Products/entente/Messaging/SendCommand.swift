import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import EntenteClient
import Foundation
import MessageEnvelope
import SecurityLabels

/// `entente send`: encrypts, signs and submits one message.
struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send a labelled message to mailboxes of partners.",
        discussion: """
            Encrypts the file to the recipients' keys, signs it as the mailbox, and gives it to the own node. Prints \
            the message's id once the node has logged it and the proof of that holds. One denied recipient denies the \
            whole message, and nothing leaves: see with --dry-run what would be decided, send to the others with \
            --where-allowed.

            EXAMPLES
              entente send report.txt --to FRA/cni --subject 'Vessel of interest' \\
                --precedence FLASH --label 'GBR SECRET//REL TO FRA//INTREP'
              entente send tracks.xml --to community:MARITIME --subject Tracks \\
                --label 'GBR OFFICIAL//MARITIME//TRACK' --where-allowed
              entente send --dry-run report.txt --to ACME/soc --subject Test \\
                --label 'GBR SECRET//INTREP'
              echo 'Nothing to report' | entente send - --to FRA/cni \\
                --subject SITREP --label 'GBR OFFICIAL//SITREP'

            CONFIGURATION (~/.config/entente/config.yaml; paths are relative to it)
              default: gbr
              contexts:
                gbr:
                  partner: GBR
                  node: 127.0.0.1:8441
                  roots: {GBR: certs/GBR-root.pem, FRA: certs/FRA-root.pem}
                  directory: sheets                  # kept by the command
                  sheets: {GBR: certs/GBR-sheet.cms} # to begin with
                  policy: policy.yaml                # the words of markings
                  mailboxes:
                    j2-fusion:
                      {signing: signing.pem, signing-key: signing.key,
                       encryption: encryption.pem, encryption-key: encryption.key}
                  operator-socket: /var/lib/entente/operator.sock

            Exit status: 3 when policy denies it, 4 when the node refuses the mailbox, 5 when it is unreachable.
            """
    )

    @Option(
        help: ArgumentHelp("A recipient: `PARTNER/mailbox` or `community:NAME`; repeat it for more.", valueName: "to"),
        transform: RecipientArgument.init
    )
    var to: [RecipientArgument]

    @Option(help: ArgumentHelp("The marking, such as 'GBR SECRET//REL TO FRA//INTREP'.", valueName: "marking"))
    var label: String

    @Option(
        help: "OVERRIDE, FLASH, IMMEDIATE, PRIORITY, ROUTINE or DEFERRED.",
        transform: Precedence.init(argument:)
    )
    var precedence = Precedence.routine

    @Option(help: "What it is about; only the recipients see it.")
    var subject: String

    @Option(help: ArgumentHelp("The media type; taken from the file's name when left out.", valueName: "media-type"))
    var type: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("When to give up delivering: `1m` to `30d`, such as `12h`.", valueName: "time"),
        transform: LifetimeArgument.init
    )
    var expires: LifetimeArgument?

    @Option(
        help: ArgumentHelp("The message that this one answers.", valueName: "id"),
        transform: MessageID.init(argument:)
    )
    var replyTo: MessageID?

    @Flag(help: "Only say what would be decided; nothing is sent and nothing logged.")
    var dryRun = false

    @Flag(help: "Send to the recipients that policy allows, and say who was left out.")
    var whereAllowed = false

    @Flag(help: "Send content that is empty, which is otherwise taken for a mistake.")
    var allowEmpty = false

    @OptionGroup(title: "Context") var context: ContextOptions
    @OptionGroup(title: "Context") var mailbox: MailboxOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The file to send; `-` for standard input.", completion: .file())
    var file: String

    func validate() throws {
        guard !to.isEmpty else { throw ValidationError("expected at least one recipient: name it with --to") }
        guard !subject.allSatisfy(\.isWhitespace) else {
            throw ValidationError("expected --subject to be a subject that is not empty")
        }
    }

    /// What is to be sent, whoever gets it.
    private struct Content {
        let label: ConfidentialityLabel
        let description: ContentDescription
        let payload: [UInt8]
    }

    /// What the recipients read about the content; refused when they would refuse it.
    private func description(of payload: PayloadSource) throws(CommandFailure) -> ContentDescription {
        let description = ContentDescription(
            subject: subject,
            mediaType: type ?? payload.mediaType,
            fileName: payload.fileName
        )
        do {
            try description.check()
        } catch {
            throw CommandFailure(
                error.detail,
                next: "correct --subject, --type or the name of the file; from standard input it has none",
                status: .usage
            )
        }
        return description
    }

    func run() async throws {
        let terminal = Terminal.current
        try await CommandFailure.reportingAsync {
            let context = try context.load()
            let label = try MarkingArgument.read(label, policyFile: try context.requirePolicy())
            let payload = try PayloadSource(file)
            guard allowEmpty || !payload.bytes.isEmpty else {
                throw CommandFailure(
                    "there is nothing to send: `\(file)` is empty",
                    next: "see that what fills it has worked, or send it empty with --allow-empty",
                    status: .usage
                )
            }
            let description = try description(of: payload)
            try await ClientSession.run(self.context, mailbox, on: terminal) { session in
                let recipients = try await recipients(session)
                let content = Content(label: label, description: description, payload: payload.bytes)
                try await send(content, to: recipients, session, SendOutput(isJSON: output.json, terminal))
            }
        }
    }

    private func send(
        _ content: Content,
        to wanted: Set<MailboxAddress>,
        _ session: ClientSession,
        _ output: SendOutput
    ) async throws {
        var recipients = wanted
        var leftOut: [RecipientVerdict] = []
        if dryRun || whereAllowed {
            let life = expires?.seconds ?? OutgoingMessage.usualLife
            let question = ReleaseQuestion(
                label: content.label,
                precedence: precedence,
                recipients: wanted,
                expires: Timestamp.now().adding(seconds: life)
            )
            let report = DecisionReport(verdicts: try await session.client.decide(question))
            if dryRun { return try output.dryRun(report) }
            leftOut = report.verdicts.filter { !$0.isAllowed }
            recipients = Set(report.verdicts.filter(\.isAllowed).map(\.recipient))
            guard !recipients.isEmpty else { throw try output.nobodyAllowed(report) }
        }
        var message = OutgoingMessage(
            originator: session.client.address,
            recipients: recipients,
            label: content.label,
            precedence: precedence,
            references: MessageReferences(replyTo: replyTo),
            description: content.description,
            payload: content.payload
        )
        if let expires { message.life = expires.seconds }
        let sealed = try session.client.seal(message)
        let receipt: SubmissionReceipt
        do {
            receipt = try await session.client.submit(sealed)
        } catch {
            throw try failure(of: sealed, error, session, output)
        }
        try output.sent(sealed.header, receipt, leftOut: DecisionReport(verdicts: leftOut))
    }

    /// Prints the reasons of a denial; says what a lost answer leaves open.
    private func failure(
        of message: SealedMessage,
        _ error: ClientError,
        _ session: ClientSession,
        _ output: SendOutput
    ) throws(CommandFailure) -> CommandFailure {
        switch error {
        case .denied(let denial):
            return try output.denied(denial)
        case .noAnswer:
            let id = message.header.id
            return CommandFailure(
                "\(error); whether the node took message `\(id)` on is not known",
                next: "ask an operator for `entente trace \(id)` before sending it again",
                status: .unreachable
            )
        case .unreachable, .refusedByTLS, .problem, .malformedAnswer, .receipt, .envelope, .directory, .credentials,
            .cancelled:
            return CommandFailure(error, in: session.context)
        }
    }

    private func mailboxes(
        of community: CommunityName,
        _ session: ClientSession
    ) async throws -> [MailboxAddress] {
        do {
            return try await session.client.mailboxes(of: community)
        } catch {
            guard case .problem(let problem) = error, problem.code == "no-such-community" else { throw error }
            throw CommandFailure(
                "the node's policy has no community `\(community)`: \(problem.detail ?? problem.title)",
                next: "correct --to, or name the mailboxes of its members"
            )
        }
    }

    /// The mailboxes that the arguments name; a community's, without the sender's own.
    private func recipients(_ session: ClientSession) async throws -> Set<MailboxAddress> {
        var recipients: Set<MailboxAddress> = []
        for argument in to {
            switch argument {
            case .mailbox(let address):
                recipients.insert(address)
            case .community(let name):
                let members = try await mailboxes(of: name, session)
                recipients.formUnion(members.filter { $0 != session.client.address })
            }
        }
        guard !recipients.isEmpty else {
            throw CommandFailure(
                "the communities have no members but the sender",
                next: "name mailboxes with --to, or look at the policy's communities"
            )
        }
        return recipients
    }
}
