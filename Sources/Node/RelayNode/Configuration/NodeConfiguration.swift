package import CoalitionDirectory
import Foundation
package import NIOOpenSSL
package import OperatorInterface

/// One daemon's configuration file, read and typed; the files that it names are not read yet.
package struct NodeConfiguration: Hashable, Sendable {
    /// Where the configuration came from, for messages.
    package var file: String
    package var partner: PartnerCode
    package var name: NodeName
    package var realm: Realm
    package var listen: Endpoint
    package var profile: TLSProfile
    package var identity: Identity
    /// The partners that are known, own one included: the pinned root and the signed sheet of each.
    package var trust: [PartnerCode: Trust]
    package var policy: PolicyFiles
    /// The folder that holds the database, the operator socket and the lock.
    package var data: String
    /// For a destination partner, the nodes to hand its messages to, the preferred one first.
    package var routes: [PartnerCode: [NodeReference]]
    package var witnessing: Witnessing
    package var retention: Retention
    /// Who may change the node at the operators' socket.
    package var operators: OperatorRoles
    package var limits: Limits
    package var streams: Streams
    package var logging: Logging

    /// Where operators reach the node.
    var operatorSocket: String { URL(fileURLWithPath: data).appendingPathComponent("operator.sock").path }

    /// The node's own certificate and keys, as paths.
    package struct Identity: Hashable, Sendable {
        package var certificate: String
        package var key: String
        package var logKey: String
    }

    /// What a partner is known by, as paths.
    package struct Trust: Hashable, Sendable {
        package var root: String
        package var sheet: String
    }

    /// A node of a partner as people write it: `FRA/fra-hub`.
    package struct NodeReference: Hashable, Sendable, CustomStringConvertible {
        package var partner: PartnerCode
        package var node: NodeName

        package var description: String { "\(partner)/\(node)" }

        package init(_ text: String) throws(IdentifierError) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else {
                throw IdentifierError("node", text, "expected `PARTNER/node`, such as `FRA/fra-hub`")
            }
            partner = try PartnerCode(parts[0])
            node = try NodeName(parts[1])
        }
    }

    /// Who cosigns the checkpoints of this node's log, and what makes a log's checkpoint a witnessed one.
    package struct Witnessing: Hashable, Sendable {
        /// The nodes that this node brings its checkpoints to.
        package var witnesses: [NodeReference] = []
        /// How many partners, other than the log's own, must have cosigned a checkpoint.
        package var quorum = 1
        /// Seconds between two stable checkpoints.
        package var interval = 5
        /// Seconds after which what is not witnessed raises an alarm.
        package var patience = 60
    }

    /// How long what may be erased is kept, and what an order to erase takes.
    package struct Retention: Hashable, Sendable {
        /// Seconds for which the body of a message is kept; nil for good.
        package var bodies: Int64?
        /// Seconds for which the details of entries about messages are kept; nil for good.
        package var details: Int64?
        /// How many operators an order to erase takes.
        package var persons = 2
    }

    /// The bounds that an operator may set.
    package struct Limits: Hashable, Sendable {
        /// Objects waiting for one next hop, above which new ones of low precedence are refused.
        package var queue = 100_000
        /// Connections that one peer may hold open.
        package var connectionsPerPeer = 16
    }

    /// How the numbers of streams are watched, in seconds.
    package struct Streams: Hashable, Sendable {
        /// Between two heartbeats.
        package var heartbeat: Int64 = 30
        /// How long a number may be missing before that is a gap.
        package var grace: Int64 = 60
    }

    package struct Logging: Hashable, Sendable {
        package enum Format: Hashable, Sendable { case text, json }
        package var format = Format.text
        package var level = "info"
    }
}
