/// Why a transfer from another node is refused before policy is asked.
package struct TransferError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reasons. Raw values are part of the wire API and of the log, and never change.
    package enum Code: String, Sendable, CaseIterable {
        case malformedTransfer = "malformed-transfer"
        /// An entry or its inclusion proof does not hold.
        case proofMismatch = "proof-mismatch"
        /// An entry says something else than what came.
        case entryMismatch = "entry-mismatch"
        case tooManyHops = "too-many-hops"
        case loop = "loop"
        case noRoute = "no-route"
        /// A receipt or report about a message that this node has not handled.
        case unknownMessage = "unknown-message"
        case malformedSignal = "malformed-signal"
        /// A word about a stream in which nothing was released, or that ends elsewhere.
        case unknownStream = "unknown-stream"
    }

    package let code: Code
    /// What was expected and what came.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}
