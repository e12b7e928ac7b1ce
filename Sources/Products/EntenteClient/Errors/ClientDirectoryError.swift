public import CoalitionDirectory

/// Why a client has no directory to rely on.
public enum ClientDirectoryError: Error, Sendable, CustomStringConvertible {
    /// The folder of accepted sheets cannot be read or written.
    case folder(path: String, cause: String)
    /// A sheet in the folder, accepted before, does not verify under the pinned roots of now.
    case keptSheet(path: String, SheetError)
    /// A sheet that was given to begin with is refused.
    case givenSheet(PartnerCode, SheetError)
    /// There is no sheet of the own partner, so that the node cannot be recognised.
    case noOwnSheet(PartnerCode)
    /// No sheet lists the mailbox that the client is to act as.
    case noOwnMailbox(MailboxAddress)
    /// The sheets contradict each other.
    case conflict(DirectoryError)

    public var description: String {
        switch self {
        case .folder(let path, let cause): "folder of sheets `\(path)`: \(cause)"
        case .keptSheet(let path, let error): "sheet `\(path)`, accepted before, no longer holds: \(error)"
        case .givenSheet(let partner, let error): "the sheet of `\(partner)` is refused: \(error)"
        case .noOwnSheet(let partner): "there is no sheet of the own partner `\(partner)`"
        case .noOwnMailbox(let address): "the sheet of `\(address.partner)` lists no mailbox `\(address.mailbox)`"
        case .conflict(let error): "the partners' sheets do not fit together: \(error)"
        }
    }
}
