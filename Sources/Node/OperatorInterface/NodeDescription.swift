package import CanonicalEncoding
package import CoalitionDirectory
package import OpenSSLCrypto
package import Relaying

/// What a node says of itself beside what its store holds: what is in force, and how its links are.
package struct NodeDescription: Hashable, Sendable {
    /// The way to one next hop.
    package struct Link: Hashable, Sendable {
        package let nextHop: SPIFFEID
        /// Attempts in a row that have failed; none when the link is up or not tried yet.
        package let failures: Int
        /// When the next attempt is due; nil when nothing keeps the node from trying at once.
        package let nextAttempt: Timestamp?
        /// Why the last attempt failed.
        package let lastError: String?

        package init(nextHop: SPIFFEID, failures: Int, nextAttempt: Timestamp? = nil, lastError: String? = nil) {
            self.nextHop = nextHop
            self.failures = failures
            self.nextAttempt = nextAttempt
            self.lastError = lastError
        }
    }

    /// Something that is not as it should be and that somebody has to look at.
    package struct Alarm: Hashable, Sendable, CustomStringConvertible {
        /// Whom it is about; nil when it is about this node's own files.
        package let partner: PartnerCode?
        /// The stable reason code.
        package let code: String
        /// Expected, got, and what to do.
        package let detail: String

        package init(partner: PartnerCode? = nil, code: String, detail: String) {
            self.partner = partner
            self.code = code
            self.detail = detail
        }

        package var description: String { (partner.map { "\($0): " } ?? "") + "\(code): \(detail)" }
    }

    /// A node that cosigns the checkpoints of this node's log.
    package struct Witness: Hashable, Sendable {
        package let node: SPIFFEID
        /// The size that it has cosigned last; nil while that is not known.
        package let size: UInt64?
        /// For how many seconds the checkpoint that is given out has lacked its cosignature; nil when it has it.
        package let lateFor: Int?
        package let lastError: String?

        package init(node: SPIFFEID, size: UInt64?, lateFor: Int? = nil, lastError: String? = nil) {
            self.node = node
            self.size = size
            self.lateFor = lateFor
            self.lastError = lastError
        }
    }

    /// How far the log is witnessed.
    package struct Witnessing: Hashable, Sendable {
        /// How many other partners make a checkpoint a witnessed one.
        package let quorum: Int
        /// How that reads to others: a policy of logs and witnesses (C2SP tlog-policy); nil where there are too few partners.
        package let policy: String?
        /// Whether the log is not what its witnesses have seen.
        package let isBroken: Bool
        /// The size of the checkpoint that is given out.
        package let stable: UInt64
        /// The size of the last one that a quorum has cosigned; 0 for none.
        package let witnessed: UInt64
        package let witnesses: [Witness]

        package init(
            quorum: Int,
            policy: String?,
            isBroken: Bool = false,
            stable: UInt64,
            witnessed: UInt64,
            witnesses: [Witness]
        ) {
            self.quorum = quorum
            self.policy = policy
            self.isBroken = isBroken
            self.stable = stable
            self.witnessed = witnessed
            self.witnesses = witnesses
        }
    }

    /// The hash of the policy in force.
    package let policy: SHA256Digest
    /// The state hash of the directory in force.
    package let directory: SHA256Digest
    /// Where the node listens for partners and mailboxes.
    package let endpoint: Endpoint?
    package let links: [Link]
    package let witnessing: Witnessing?
    package let alarms: [Alarm]
    /// The partners of the directory, with this node's own.
    package let partners: [PartnerName]

    package init(
        policy: SHA256Digest,
        directory: SHA256Digest,
        endpoint: Endpoint? = nil,
        links: [Link] = [],
        witnessing: Witnessing? = nil,
        alarms: [Alarm] = [],
        partners: [PartnerName] = []
    ) {
        self.policy = policy
        self.directory = directory
        self.endpoint = endpoint
        self.links = links
        self.witnessing = witnessing
        self.alarms = alarms
        self.partners = partners
    }
}
