/// Which logs are known and which witnesses must have cosigned a checkpoint before it is relied on (C2SP tlog-policy).
///
/// The text form is ``bytes``; comments and blank lines of a file that is read are not kept.
public struct WitnessPolicy: Hashable, Sendable {
    /// The longest text accepted, in bytes.
    public static let maximumByteCount = 256 * 1024

    public struct Log: Hashable, Sendable {
        /// Its name is the log's origin.
        public let key: NoteVerifier
        /// Where to reach the log, as written; nothing here reads it.
        public let url: PolicyWord?
    }

    public struct Witness: Hashable, Sendable {
        public let name: PolicyWord
        public let key: CosignatureVerifier
        public let url: PolicyWord?
    }

    /// A group, which has witnessed a checkpoint when at least `threshold` of its members have.
    public struct Group: Hashable, Sendable {
        public let name: PolicyWord
        public let threshold: Int
        /// Witnesses and groups named before it, each member of one group at most.
        public let members: [PolicyWord]
    }

    public let logs: [Log]
    public let witnesses: [Witness]
    /// In an order in which each names only what stands before it.
    public let groups: [Group]
    /// The witness or group that must have witnessed; nil where none needs to.
    public let quorum: PolicyWord?

    /// - Precondition: The parts go together, as ``init(parsing:)`` sees to.
    init(logs: [Log], witnesses: [Witness], groups: [Group], quorum: PolicyWord?) {
        self.logs = logs
        self.witnesses = witnesses
        self.groups = groups
        self.quorum = quorum
    }

    /// The policy as text: logs, witnesses, groups and quorum, one space between words.
    public var bytes: [UInt8] {
        func line(_ words: [[UInt8]?]) -> [UInt8] {
            Array(words.compactMap(\.self).joined(separator: [UInt8(ascii: " ")])) + [UInt8(ascii: "\n")]
        }
        func word(_ text: String) -> [UInt8] { Array(text.utf8) }
        var text: [UInt8] = []
        for log in logs { text += line([word("log"), word(log.key.verifierKey), log.url?.bytes]) }
        for witness in witnesses {
            text += line([word("witness"), witness.name.bytes, word(witness.key.verifierKey), witness.url?.bytes])
        }
        for group in groups {
            let threshold = group.threshold == group.members.count ? "all" : String(group.threshold)
            text += line(
                [word("group"), group.name.bytes, word(threshold == "1" ? "any" : threshold)]
                    + group.members.map(\.bytes)
            )
        }
        return text + line([word("quorum"), quorum?.bytes ?? word("none")])
    }

    // MARK: - Judging

    /// Whether the witnesses of these names are a quorum.
    public func isQuorum(_ cosigned: Set<PolicyWord>) -> Bool {
        guard let quorum else { return true }
        // A group names only what stands before it, so one pass decides them all.
        var witnessed = cosigned.intersection(witnesses.map(\.name))
        for group in groups where group.members.count(where: witnessed.contains) >= group.threshold {
            witnessed.insert(group.name)
        }
        return witnessed.contains(quorum)
    }

    /// Whether one of the logs has signed the checkpoint and a quorum of witnesses has cosigned it.
    ///
    /// - Parameter time: A cosignature of a later time counts for nothing; in seconds since the epoch.
    public func judge(_ signed: SignedCheckpoint, at time: UInt64) -> WitnessPolicyVerdict {
        let isOfLog = logs.contains { signed.isSigned(by: $0.key) }
        guard isOfLog else { return .noKnownLog(signed.checkpoint.origin) }
        let cosigned = witnesses.filter { witness in
            do {
                return try witness.key.verify(signed) <= time
            } catch {
                return false
            }
        }
        let names = Set(cosigned.map(\.name))
        guard isQuorum(names) else { return .noQuorum(cosigned: names.sorted()) }
        return .accepted(cosigned: names.sorted())
    }
}

/// What a policy of logs and witnesses says of a checkpoint.
public enum WitnessPolicyVerdict: Hashable, Sendable {
    /// Whether the checkpoint may be relied on.
    public var isAccepted: Bool {
        switch self {
        case .accepted: true
        case .noKnownLog, .noQuorum: false
        }
    }

    case accepted(cosigned: [PolicyWord])
    /// No log of the policy has signed it.
    case noKnownLog(LogOrigin)
    /// Those witnesses have cosigned it, and they are no quorum.
    case noQuorum(cosigned: [PolicyWord])
}

extension WitnessPolicyVerdict: CustomStringConvertible {
    public var description: String {
        switch self {
        case .accepted(let cosigned): "cosigned by \(Self.list(cosigned))"
        case .noKnownLog(let origin): "expected a checkpoint signed by a log of the policy, got one of `\(origin)`"
        case .noQuorum(let cosigned): "expected the cosignatures of a quorum, got those of \(Self.list(cosigned))"
        }
    }

    private static func list(_ names: [PolicyWord]) -> String {
        names.isEmpty ? "nobody" : names.map { "`\($0)`" }.joined(separator: ", ")
    }
}
