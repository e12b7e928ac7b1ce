/// What an audit entry records. Raw values stand in the log and never change.
package enum AuditEntryKind: String, Sendable, CaseIterable {
    /// A message, receipt or non-delivery left this node, its origin, for another node.
    case release
    /// A submission was denied by policy; nothing left.
    case denial
    /// A message reached its destination node and lies in the mailboxes.
    case acceptance
    /// A hub took an object over from one node for another.
    case relay
    /// The next hop has answered with its custody entry.
    case transfer
    /// A node behind the next hop has custody of a message, as its own log proves.
    case custody
    /// A recipient has signed that it decrypted the message.
    case delivery
    /// The originator's node has the recipient's signed receipt.
    case receipt
    /// Another node has reported that it cannot deliver.
    case nonDelivery = "non-delivery"
    /// A released object will not be delivered; closes its sequence number.
    case void
    /// The origin of a stream has said how far it has come.
    case heartbeat
    /// Numbers of a stream have not come (`failed`), or what was missing came to its end (`done`).
    case gap
    /// The destination of a stream has asked its origin for missing numbers.
    case gapRequest = "gap-request"
    /// The origin of a stream has answered what became of them.
    case gapReport = "gap-report"
    /// The log of a stream's origin contradicts itself.
    case streamFault = "stream-fault"
    /// A request was refused before or beside policy: bad form, bad signature, unknown caller.
    case refusal
    /// The node started, with the policy and directory that it names.
    case start
    /// The node stopped in order.
    case stop
    /// Another policy came into force.
    case policyChange = "policy-change"
    /// Another directory, or another state of trust, came into force.
    case trustChange = "trust-change"
    /// A log has signed two histories, or gone back: the evidence is kept.
    case fork
    /// An operator has dealt with a fork: its evidence stays, its alarm ends.
    case forkAcknowledgement = "fork-acknowledgement"
    /// This log takes the place of one that lost its end.
    case recovery
    /// Bodies or details were erased, by an order or by the node's rules of retention.
    case erasure
    /// What must not be erased: a legal hold.
    case hold
    /// A legal hold has ended.
    case holdRelease = "hold-release"
    /// An operator changed something.
    case operatorAction = "operator-action"
}

/// How the matter of an audit entry ended.
package enum AuditOutcome: String, Sendable, CaseIterable {
    case allowed
    case denied
    case refused
    case done
    case failed
}
