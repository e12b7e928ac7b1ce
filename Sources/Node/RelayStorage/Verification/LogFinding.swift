/// One thing that is wrong with a stored log.
package struct LogFinding: Hashable, Sendable, CustomStringConvertible {
    /// What was examined. Raw values are those of the operators' interface and never change.
    package enum Subject: String, Hashable, Sendable, CaseIterable {
        case log
        case schema
        case entry
        case details
        case tile
        case checkpoint
        case stream
        case policy
        case directory
        case witness
        case message
        case custody
        case outbox
        case inbox
        case receipt
        case nonDelivery = "non-delivery"
        case refusal
        case index

        /// Whether it is of what the checkpoints sign, not of a row that says the same beside it.
        var isOfLog: Bool {
            switch self {
            case .log, .schema, .entry, .details, .tile, .checkpoint: true
            case .stream, .policy, .directory, .witness, .message, .custody, .outbox, .inbox, .receipt, .nonDelivery,
                .refusal, .index:
                false
            }
        }
    }

    package let subject: Subject
    /// The first entry that is affected; nil when the finding is about the log as a whole.
    package let index: UInt64?
    /// What was expected and what is there.
    package let detail: String

    package var description: String {
        let place = index.map { " at index \($0)" } ?? ""
        return "\(subject.rawValue)\(place): \(detail)"
    }
}
