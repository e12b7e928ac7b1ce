import CoalitionDirectory
import EntenteClient
import MessageEnvelope

extension CommandFailure {
    /// What a client's error means for the person at the terminal, with the next thing to do.
    init(_ error: ClientError, in context: CommandContext) {
        switch error {
        case .unreachable(let endpoint, _):
            self.init(
                "\(error)",
                next:
                    "check that the node runs and answers, and that `\(endpoint)` in context `\(context.name)` is its endpoint",
                status: .unreachable
            )
        case .noAnswer:
            self.init(
                "\(error)",
                next: "try again, and ask an operator for `entente status` if it happens again",
                status: .unreachable
            )
        case .refusedByTLS(let refusal):
            self.init("\(error)", next: refusal.advice, status: .notAuthenticated)
        case .denied:
            self.init("\(error)", next: "see what would be decided with --dry-run", status: .denied)
        case .problem(let problem):
            self.init("the node refuses: \(problem)", next: problem.advice, status: problem.exitStatus)
        case .malformedAnswer:
            self.init(
                "\(error)",
                next: "check that `\(context.name)` names an Entente node of this or a neighbouring release"
            )
        case .receipt:
            self.init("\(error)", next: "tell the operators of the node: its log and its answers differ")
        case .envelope(let error):
            self.init("\(error)", next: error.advice)
        case .directory(let error):
            self.init("\(error)", next: error.advice, status: .badConfiguration)
        case .credentials:
            self.init(
                "\(error)",
                next: "correct the paths of the mailbox's certificates and keys in the configuration",
                status: .badConfiguration
            )
        case .cancelled:
            self.init("\(error)", status: .interrupted)
        }
    }
}

extension NodeProblem {
    fileprivate var exitStatus: ExitStatus {
        switch code {
        case "caller-not-allowed", "not-own-mailbox", "originator-not-caller", "wrong-node", "signer-not-caller":
            .notAuthenticated
        default: status == 401 ? .notAuthenticated : .failed
        }
    }

    fileprivate var advice: String? {
        // It does not pass by itself.
        if code == "log-behind" { return "tell the operators of the node; `entente status` there says what happened" }
        if let retryAfter { return "try again in \(retryAfter) seconds" }
        return switch code {
        case "wrong-node": "correct `node` in the context: a mailbox works with its own node only"
        case "caller-not-allowed", "not-own-mailbox", "originator-not-caller", "signer-not-caller":
            "choose another mailbox with --as"
        case "no-such-message": "look for its id with `entente inbox`"
        case "ambiguous-id": "name the sender with --originator"
        case "unknown-recipient", "recipient-keys-mismatch":
            "check the recipients; the sheet of their partner must list them, and be in force at the node"
        case "no-such-community": "correct --to, or name the mailboxes of its members"
        case "storage-full", "storage-unavailable": "tell the operators of the node, and try again later"
        default: status == 503 ? "try again later" : nil
        }
    }
}

extension EnvelopeError {
    fileprivate var advice: String? {
        switch code {
        case .unknownRecipient: recipientAdvice
        case .recipientKeysMismatch:
            "check the address; the recipient's partner must list it in its sheet"
        case .tooLarge: "split the content: a message carries at most 16 MiB"
        case .invalidTime: "check this machine's clock and --expires"
        case .unknownSigner, .signerNotOriginator:
            "check that the partner's sheet lists the mailbox with the signing certificate of this context"
        case .decryptionFailed: "add the mailbox's older encryption certificate and key to the configuration"
        case .expired: "ask the originator to send it again"
        case .malformedEnvelope, .malformedHeader, .unknownVersion, .wrongRealm, .bodyMismatch, .malformedBody,
            .invalidSignature, .attributeMismatch, .notARecipient, .bindingMismatch, .commitmentMismatch,
            .malformedContent, .malformedReceipt:
            nil
        }
    }

    /// By the cause, whose code the directory puts in front of its words.
    private var recipientAdvice: String {
        switch IdentityRefusal.Code(rawValue: String(detail.prefix { $0 != ":" })) {
        case .revoked: "ask the recipient's partner for a sheet with the mailbox's new certificate"
        case .expired, .notYetValid:
            "check this machine's clock; ask the recipient's partner for a sheet with the mailbox's new certificate"
        case .sheetExpired, .revocationListExpired, .revocationListMissing, .revocationListNotYetValid:
            "ask the recipient's partner for its newest sheet: the one at hand has run out"
        default: "check the address; the recipient's partner must list it in its sheet"
        }
    }
}

extension ClientDirectoryError {
    fileprivate var advice: String {
        switch self {
        case .folder(let path, _): "make `\(path)` readable and writable for this user"
        case .keptSheet(let path, _):
            "when the partner's root was replaced, pin the new one and remove `\(path)`; else ask the partner"
        case .givenSheet(let partner, let error) where error.code == .wrongPartner:
            "see that `realm` and the path of the sheet of `\(partner)` in the context are right"
        case .givenSheet(let partner, _):
            "get the newest sheet of `\(partner)`, and check that its pinned root is right"
        case .noOwnSheet(let partner): "name the partner's own sheet: `sheets: {\(partner): PATH}`"
        case .noOwnMailbox(let address): "have `\(address)` listed in the partner's sheet, or choose another with --as"
        case .conflict: "ask the partners that it names"
        }
    }
}
